"""Sentence patterns for training. Slots in upper case are entities and become labels; those in lower case are not."""

# One line is one pattern. `fill.py` lists the slots.
ENGLISH = """
{PERSON};{num};{email};{date}
{num};{LAST};{FIRST};{date};{money}
{FIRST},{LAST},{num},{CITY}
"{LAST}","{FIRST}","{email}","{phone}"
{num}\t{PERSON}\t{role}\t{date}
{num} | {PERSON} | {CITY} | {money}
| {FIRST} | {LAST} | {role} | {num} |
| {PERSON} | {noun} | {adj} |
id,name,city\n{num},{PERSON},{CITY}\n{num},{PERSON},{CITY}
name,score\n{FIRST},{num}\n{FIRST},{num}\n{FIRST},{num}
{LASTFIRST} - {role} - ext. {num}
{PERSON} .......... {num}
{FIRST} {num}, {FIRST} {num}, {FIRST} {num}
1. {PERSON}\n2. {PERSON}\n3. {PERSON}
* {PERSON} ({role})\n* {PERSON} ({role})
- {FIRST}: {noun}\n- {FIRST}: {noun} and {noun}
[x] {FIRST} - {verb} the {noun}
[ ] {verb} the {noun} (@{FIRST})
{FIRST} / {FIRST} / {FIRST}
{FIRST} + {num} coming
Yes: {FIRST}, {FIRST}. No: {FIRST}. Maybe: {FIRST}
Let {FIRST} know by {weekday} if you can come.
Reply to {FIRST} before {date}, please.
Answer {PERSON} at {email}
bring it to {FIRST} please
give {FIRST} my love
say hi to {FIRST} for me
happy birthday {FIRST}!!
congrats {FIRST} and {FIRST} on the baby
miss you {FIRST}
omg {FIRST} did you see the {noun}
{FIRST} pls call me
wait for {FIRST}
with {FIRST} and {FIRST} at the {noun}
{FIRST} wants the {noun} back
{FIRST} says the {noun} is {adj}
{FIRST}: hey\n{FIRST}: hi, is the {noun} {adj}?
<{FIRST}> {noun} is {adj} again
[{time}] {FIRST}: ok
[{time}] <{FIRST}> see you {weekday}
{time} - {PERSON} joined
{PERSON} left the group
{PERSON} added {PERSON}
{PERSON} liked your {noun}.
{PERSON} replied to your comment: "{adj}!"
Photo: {PERSON}
Words: {PERSON}. Pictures: {PERSON}.
{PERSON} for {COMPANY}
Cleared by {LAST}, {weekday} {time}
Shift: {LAST}, {LAST}, {LAST}
On call: {FIRST} ({phone})
Seen: {FIRST}. Not seen: {FIRST}.
Witnesses: {PERSON}; {PERSON}
Next of kin {PERSON} ({phone})
Guardian {PERSON}, tel. {phone}
Ref. {PERSON}, {id}
Case of {PERSON}, file {id}
In re {LAST}
{LAST} & {LAST}
{LAST} et al., {year}
{LAST} ({year}) found that {noun}s are {adj}.
({LAST} and {LAST}, {year})
{LAST}, {FIRST}. {year}. The {Adj} {Noun}. {CITY}: {COMPANY}.
Judge {LAST} ruled on {weekday}.
Coach {LAST} praised {LAST}.
Officer {LAST} stopped the {noun} on {STREET}.
Nurse {FIRST} took the {noun}.
Uncle {FIRST} and aunt {FIRST} came from {CITY}.
Grandma {FIRST} baked a {noun}.
the twins, {FIRST} and {FIRST}, are {num}
{FIRST} (my sister) will sign for it
Neither {FIRST} nor {FIRST} had the {noun}.
Was it {FIRST} or {FIRST}?
Not {FIRST} again.
Either way, {FIRST} pays.
{FIRST}?
Sent by {FIRST} from {CITY}
Yours, {FIRST}
xoxo {FIRST}
-- \n{PERSON}\n{phone}
// {FIRST}, {date}
-{FIRST}
~ {FIRST}
Sgd. {PERSON}
p.p. {PERSON}
Dictated by {TITLED}, typed by {FIRST}
Passenger {LASTFIRST}, seat {num}
Guest: {LAST}, {num} nights
Table for {LAST}, {num} people
Booked for {PERSON} on {date}
Parcel for {LAST} at the {noun}
Key handed to {FIRST} {LAST}.
Owner: {LAST}
Driver {PERSON}, licence {id}
Player of the match: {PERSON}
Goals: {LAST} ({num}), {LAST} ({num})
Starring {PERSON} and {PERSON}
Music by {PERSON}
Translated from the {nation} by {PERSON}
"{FIRST}, come here!"
"Really?" asked {FIRST}.
{FIRST} laughed. "It is only a {noun}."
{FIRST} opened the {noun} and looked at {FIRST}.
Then {FIRST} and her {noun} went home.
That evening {LAST} sat by the {noun}.
Hi, this is {PERSON} from {COMPANY}.
Hello {FIRST}, thanks for getting back to me.
Dear {TITLED}, your appointment is on {weekday}, {date}.
Dear {PERSON},
Dear {FIRST},
Dear Sir or Madam,
Dear Customer, your {product} is ready.
Hi {FIRST}!
Hey {FIRST}, can you look at {id}?
Hi team,
Hi there, I need help with my {noun}.
Hello Support,
Thanks, {FIRST}
Thank you {PERSON}, that worked.
Best regards, {PERSON}
Best, {FIRST}
Kind regards,\n{PERSON}\n{role}, {COMPANY}
Cheers, {FIRST} {LAST}
Sincerely,\n{PERSON}
My name is {PERSON}.
my name is {PERSON} and i forgot my password
my name's {FIRST}, nice to meet you
I am {PERSON} and I live in {PLACE}.
I'm {FIRST}, I work at {COMPANY} as a {role}.
i'm {PERSON}, i ordered a {noun} last {weekday}
it's {PERSON} again
this is {FIRST} {LAST} speaking
The account is under {PERSON}, I think.
The account belongs to {PERSON}.
It is registered in the name of {PERSON}.
Name: {PERSON}
Full name: {PERSON}
name: {PERSON}
Customer: {PERSON}
Customer name: {PERSON}, customer number {num}
Patient: {PERSON}
Patient name: {LASTFIRST}
Contact: {PERSON}, {phone}
Contact person: {PERSON} ({email})
Author: {PERSON}
Assigned to: {PERSON}
Assignee: {PERSON}
Reported by {PERSON} on {date}
Signed: {PERSON}
Attn: {PERSON}
Attention {PERSON}, {COMPANY}
Recipient: {PERSON}
Emergency contact: {PERSON}, {phone}
From: {PERSON} <{email}>
To: {PERSON} <{email}>
Cc: {PERSON}; {PERSON}
From: {PERSON}\nTo: {PERSON}\nSubject: {Noun} {noun}
Attendees: {PERSON}, {PERSON}, {PERSON} and {PERSON}
Present: {PERSON} (chair), {PERSON}, {PERSON}
Please call {PERSON} at {phone}.
Could you ask {FIRST} to call me back?
I talked to {FIRST} yesterday and she said it would be fixed.
I spoke with {PERSON} in billing about the {noun}.
I spoke to a {role} called {FIRST} on {weekday}.
{PERSON} told me that the {noun} would arrive on {date}.
{PERSON} wrote on {date}:
On {date}, {PERSON} wrote:
{PERSON} and {PERSON} will join the call.
{FIRST} and {FIRST} are my colleagues.
{PERSON} called about a refund.
{PERSON} is our new {role}.
{PERSON}, {role} at {COMPANY}, said the {noun} was {adj}.
"{Noun}s are {adj}," said {PERSON}.
"I don't know," {FIRST} said.
{FIRST} asked whether the {noun} could be {adj}.
My husband {FIRST} ordered it, not me.
My wife {FIRST} and I live in {CITY}.
My daughter {FIRST} is {num} years old.
My son {PERSON} goes to {COMPANY}.
my mom {FIRST} cant log in
My boss, {PERSON}, wants a report by {weekday}.
Our neighbour {TITLED} complained about the {noun}.
The landlord is {PERSON}, {ADDRESS}.
I would like to add {PERSON} to my account.
Please remove {PERSON} from the list.
Add {FIRST} to the channel please.
Can you forward this to {PERSON}?
Is {FIRST} available on {weekday}?
Ask {FIRST}.
ask {FIRST} or {FIRST} about it
Thanks to {PERSON} and {PERSON} for their help.
According to {PERSON}, the {noun} is {adj}.
The witness, {PERSON}, lives at {ADDRESS}.
The defendant {PERSON} was born on {date} in {CITY}.
{PERSON} v. {COMPANY}
This agreement is made between {COMPANY} and {PERSON}, residing at {ADDRESS}.
The tenant, {PERSON}, shall pay {money} to {PERSON} each month.
{TITLED} presents with a {adj} {noun} and a history of {noun}.
Pt {PERSON}, DOB {date}, seen by {TITLED} on {date}.
Referred by {TITLED}, {COMPANY}.
{TITLED} will see you now.
Mother: {PERSON}, father: {PERSON}
Employee {PERSON} (ID {num}) reports to {PERSON}.
{PERSON} was promoted to {role} in {month}.
{PERSON} joined {COMPANY} in {year} as {role}.
{PERSON} ({year}-{year}) was a {role} from {CITY}.
{PERSON} studied at {COMPANY} and lives in {CITY}.
{PERSON} has lived in {CITY} since {year}.
CV of {PERSON}\n{ADDRESS}\n{email}
{PERSON}\n{ADDRESS}\n{phone}
{PERSON}, {ADDRESS}
{FIRST} has {num} {noun}s. {FIRST} gives {num} of them to {FIRST}. How many does {FIRST} have left?
{FIRST} bought {num} {noun}s for {money} each. How much did {FIRST} spend?
{FIRST}'s {noun} costs {money} more than {FIRST}'s.
If {FIRST} walks {num} miles a day, how far does she walk in {num} days?
{FIRST} is twice as old as {FIRST}.
In {month}, {FIRST} sold {num} {noun}s.
{FIRST}, {FIRST} and {FIRST} share {num} {noun}s.
{FIRST}, {FIRST}, and {FIRST} caught {num} {noun}s.
{FIRST} and {FIRST} have {num} {noun}s together.
{FIRST} gave {FIRST} {num} {noun}s and {FIRST} {num}/{num} of the rest.
He gave {FIRST} {num}/{num} x {num} = {num} {noun}s.
The {noun}s cost {FIRST} {num} kg * {money}.
The sum of {FIRST}'s, {FIRST}'s, and {FIRST}'s ages is {num}.
After giving {num} to {FIRST}, {FIRST} has {num} {noun}s left.
{FIRST} has {num}-{num}=<<{num}-{num}={num}>>{num} {noun}s.
{FIRST} is {num} years old. {FIRST} is {num}/{num} as old.
Then {FIRST} has {num} * {num} = {num}.
How many more {noun}s does {FIRST} have than {FIRST}?
{FIRST}’s {noun} and {FIRST}’s {noun} are {adj}.
How old is {FIRST} now?
So {FIRST} earns {money} a week.
Together, {FIRST} and {FIRST} sold {num} {noun}s in {CITY}.
{TITLED} has {num} students.
{FIRST} wants to {verb} a {noun}.
{FIRST} bakes {num} {noun}s for {FIRST}'s party.
Every {weekday}, {FIRST} bakes {num} {noun}s.
{FIRST} sold {num} {noun}s in {month} and half as many in {month}.
@{first} did you see what {FIRST} wrote?
omg {FIRST} is so {adj} lol
lol {FIRST} just called me
met {PERSON} at the {noun} today
{PERSON} please {verb} the {noun}.
Write an email to {PERSON} about the {adj} {noun}.
Write a poem about {FIRST} and a {noun}.
Summarize the meeting between {PERSON} and {PERSON}.
User: my name is {PERSON}. Assistant: Nice to meet you, {FIRST}!
Nice to meet you, {FIRST}! How can I help you today?
You're welcome, {FIRST}.
Sure, {FIRST}. I have updated the address to {ADDRESS}.
Of course, {TITLED}. One moment please.
I understand, {PERSON}. Let me check.
Let me transfer you to {FIRST}.
Good morning {TITLED},
Good afternoon {PERSON}, your order {id} has shipped.
{TITLED}, we are sorry for the delay.
{FIRST}, are you there?
{FIRST}: are you coming on {weekday}?
{FIRST}: ok\n{FIRST}: see you
[{time}] {PERSON}: the {noun} is broken
[{time}] {PERSON} joined the chat
{time} {FIRST}: {Noun} is {adj}
INFO user "{PERSON}" logged in from {ip}
user {PERSON} ({email}) changed the {noun}
{date} {time} customer={PERSON} order={id}
{"name": "{PERSON}", "email": "{email}", "age": {num}}
{"first_name": "{FIRST}", "last_name": "{LAST}", "city": "{CITY}"}
{"customer": {"name": "{PERSON}", "address": "{ADDRESS}"}}
<name>{PERSON}</name><city>{CITY}</city>
{num},{PERSON},{email},{CITY}
{num};{LAST};{FIRST};{CITY};{money}
UPDATE users SET name = '{PERSON}', city = '{CITY}' WHERE id = {num};
('{FIRST}', '{LAST}', {num}),
values ({num}, "{PERSON}", "{email}")
name,city,age\n{PERSON},{CITY},{num}\n{PERSON},{CITY},{num}
["{PERSON}", "{PERSON}", "{CITY}"]
{LASTFIRST}\n{LASTFIRST}
RE: {PERSON}
with my brother {FIRST} and my sister {FIRST}
mum {FIRST} and dad {FIRST}
grandma {FIRST} says hi
{FIRST} phoned, {FIRST} will ring back.
{FIRST} says no, {FIRST} says yes.
{FIRST} went to {CITY} with {FIRST} and {FIRST}.
{FIRST}, this is {FIRST}. {FIRST}, this is {FIRST}.
tell {FIRST} that {FIRST} left
reserved under {LAST} for {num}
a table for {num} under {LAST}, {time}
at {FIRST}'s place in {CITY}
then on to {CITY}, and from there to {CITY}
from {CITY} via {CITY} to {CITY}
left {CITY} for {CITY} {num} years ago
a dentist in {CITY}
{CITY}, {CITY}, {PLACE} and {CITY}
{PERSON}\t{email}\t{phone}
{PERSON} | {role} | {COMPANY}
| {PERSON} | {num} | {date} |
- {PERSON}: {money}
* {PERSON} ({CITY})
1. {PERSON}\n2. {PERSON}\n3. {PERSON}
First name: {FIRST}\nLast name: {LAST}
First Name: {FIRST}; Surname: {LAST}
Surname {LAST}
Applicant: {LASTFIRST}
{LASTFIRST} - {role}
Name and address: {PERSON}, {ADDRESS}
My address is {ADDRESS}.
my address is {ADDRESS}
my new address is {ADDRESS}, can you change it?
I live at {ADDRESS}.
i live at {STREET} in {CITY}
We moved to {ADDRESS} in {month}.
I moved from {CITY} to {CITY} last {month}.
Send it to {ADDRESS}, please.
Can you deliver to {ADDRESS} instead?
Please deliver the {noun} to {PERSON}, {ADDRESS}.
Ship to: {ADDRESS}
Shipping address: {ADDRESS}
Billing address: {ADDRESS}
Address: {ADDRESS}
address: {ADDRESS}
Home address {ADDRESS}
Delivery to {ADDRESS} failed because nobody was home.
The parcel went to {ADDRESS} by mistake.
The order {id} was sent to {ADDRESS} on {date}.
The meeting is at {ADDRESS}.
The office is located at {ADDRESS}.
Our office at {STREET} is closed on {weekday}s.
My apartment at {STREET} has no {noun}.
There was a break-in at {STREET}.
Pick me up at {STREET}, {CITY}.
Property: {ADDRESS}
Residence: {ADDRESS}
{ADDRESS} is my old address.
{ADDRESS}, is this correct?
Is {ADDRESS} the right address?
You entered {ADDRESS}. Is that right?
The technician will be at {ADDRESS} at {time}.
Directions to {STREET}, {CITY}
Return to sender: {ADDRESS}
To:\n{PERSON}\n{ADDRESS}
{COMPANY}\n{ADDRESS}
{COMPANY}, {ADDRESS}, {phone}
The new flat is at {STREET} and the rent is {money}.
The driver is near {STREET}.
I was born in {CITY}.
I'm travelling to {PLACE} in {month}.
We are flying from {CITY} to {CITY} on {date}.
The flight to {CITY} was delayed.
The weather in {CITY} is {adj}.
What is the best restaurant in {CITY}?
What is the capital of {PLACE}?
Which hotels in {PLACE} have a {noun}?
How far is it from {CITY} to {CITY}?
She grew up in {PLACE} and moved to {PLACE} later.
He lives near {CITY}, {PLACE}.
Our {CITY} office opens at {time}.
The warehouse in {CITY} is out of {noun}s.
The company has offices in {CITY}, {CITY} and {CITY}.
Location: {PLACE}
City: {CITY}
city: {CITY}, country: {PLACE}
Country: {PLACE}
Place of birth: {CITY}
based in {PLACE}
greetings from {CITY}!
The conference takes place in {CITY} in {month} {year}.
I work for {COMPANY}.
I work at {COMPANY} in {CITY}.
I bought it from {COMPANY} on {date}.
She was hired by {COMPANY} as {role}.
{COMPANY} announced a {adj} {noun} for {money}.
{COMPANY} acquired {COMPANY} for {money}.
Shares of {COMPANY} fell by {num} percent.
Invoice from {COMPANY}, number {id}, {money}
Employer: {COMPANY}
Company: {COMPANY}
Organization: {COMPANY}
Vendor: {COMPANY}, contact {PERSON}
The contract with {COMPANY} ends in {month}.
He is a {role} at {COMPANY}.
Please pay {money} to {COMPANY}.
My insurance is with {COMPANY}.
The {noun} from {COMPANY} never came.
On behalf of {COMPANY}, {PERSON}
So it was {FIRST} who broke the {noun}, not {FIRST}.
His full name is {PERSON}; everyone calls him {FIRST}.
{LAST} scored twice against {CITY}.
Officer {LAST} took the report from {PERSON}.
Professor {LAST}'s lecture on {noun}s was {adj}.
Judge {PERSON} dismissed the case.
The author {PERSON} lives in {PLACE} with her husband {FIRST}.
Class of {year}: {PERSON}, {PERSON}, {PERSON}.
RIP {PERSON}, {year} - {year}
Happy birthday {FIRST}!
Congrats {PERSON}!!!
IS {PERSON} COMING?
WHERE IS MY {noun}? {PERSON}, ORDER {id}
I ALREADY TOLD {PERSON} THREE TIMES
SHIP TO {ADDRESS}
{PERSON} {phone}
{PERSON} - {email}
{PERSON}. Tel {phone}
- {PERSON}
-- \n{PERSON}\n{role}\n{COMPANY}\n{ADDRESS}
{PERSON}
{ADDRESS}
Passport holder {PERSON}, born {date}
Cardholder name {PERSON}
card holder: {PERSON}, exp {date}
Pay to the order of {PERSON}
The beneficiary is {PERSON}, account at {COMPANY}.
Record of {PERSON} updated by {PERSON}.
The baby, {FIRST}, was born on {date} to {PERSON} and {PERSON}.
Witnessed by {PERSON} of {STREET}, {CITY}
The survivor {PERSON} told reporters in {CITY} that the {noun} was {adj}.
Detective {LAST} interviewed {PERSON} at {STREET}.
# {PERSON}'s notes
// TODO({first}): {verb} the {noun}
Co-authored-by: {PERSON} <{email}>
Reviewed-by: {PERSON} <{email}>
commit by {PERSON} on {date}
Copyright (c) {year} {PERSON}
by {PERSON}
Photo by {PERSON}
interview with {PERSON}, {role}
"""

OTHERS = {
    "de": """
Hallo, mein Name ist {PERSON}.
Guten Tag, ich heiße {PERSON} und wohne in {CITY}.
Hallo {FIRST}, danke für die Nachricht.
Sehr geehrter {TITLED}, Ihre Bestellung {id} ist unterwegs.
Sehr geehrte {TITLED},
Sehr geehrte Damen und Herren,
Mit freundlichen Grüßen\n{PERSON}
Viele Grüße, {FIRST}
Liebe Grüße {FIRST}
Meine Adresse lautet {ADDRESS}.
Bitte liefern Sie an {ADDRESS}.
Ich wohne in der {STREET} in {CITY}.
Lieferadresse: {ADDRESS}
Name: {PERSON}, geboren am {date}
Ich habe mit {PERSON} gesprochen.
{TITLED} hat mir gesagt, dass es am {date} kommt.
Mein Mann {FIRST} und ich kommen aus {CITY}.
{PERSON} arbeitet bei {COMPANY} in {CITY}.
Die Rechnung von {COMPANY} ist falsch.
Wie ist das Wetter in {CITY}?
Kunde: {PERSON}, {ADDRESS}
Können Sie {PERSON} anrufen?
ich bin {FIRST} aus {CITY}
Wir sind nach {ADDRESS} umgezogen.
Ansprechpartner: {PERSON}, {phone}
Ich kann mich nicht einloggen, das Passwort ist falsch.
Die Lieferung kommt am Montag oder Dienstag an.
Bitte öffnen Sie die Einstellungen und klicken Sie auf Speichern.
""",
    "fr": """
Bonjour, je m'appelle {PERSON}.
Bonjour {FIRST}, merci pour votre message.
Cher {TITLED}, votre commande {id} est partie.
Cordialement, {PERSON}
Bien à vous,\n{PERSON}
Mon adresse est {ADDRESS}.
J'habite au {ADDRESS}.
j'habite {STREET} à {CITY}
Veuillez livrer à {ADDRESS}.
Adresse de livraison : {ADDRESS}
Nom : {PERSON}, né le {date}
J'ai parlé avec {PERSON} hier.
{TITLED} m'a dit que le colis arriverait le {date}.
{PERSON} travaille chez {COMPANY} à {CITY}.
La facture de {COMPANY} est fausse.
Mon mari {FIRST} et moi vivons à {CITY}.
Quel temps fait-il à {CITY} ?
Client : {PERSON}, {ADDRESS}
je suis {FIRST} de {CITY}
Pouvez-vous appeler {PERSON} au {phone} ?
Je ne peux pas me connecter, le mot de passe est refusé.
Veuillez cliquer sur Enregistrer dans les Paramètres.
Le colis arrive lundi ou mardi.
""",
    "es": """
Hola, me llamo {PERSON}.
Hola {FIRST}, gracias por tu mensaje.
Estimado {TITLED}, su pedido {id} ha salido.
Un saludo, {PERSON}
Atentamente,\n{PERSON}
Mi dirección es {ADDRESS}.
Vivo en {ADDRESS}.
vivo en {STREET}, {CITY}
Por favor, envíe el paquete a {ADDRESS}.
Dirección de envío: {ADDRESS}
Nombre: {PERSON}, nacido el {date}
Hablé con {PERSON} ayer.
{TITLED} me dijo que llegaría el {date}.
{PERSON} trabaja en {COMPANY} en {CITY}.
La factura de {COMPANY} está mal.
Mi esposa {FIRST} y yo somos de {CITY}.
¿Qué tiempo hace en {CITY}?
Cliente: {PERSON}, {ADDRESS}
soy {FIRST} de {CITY}
¿Puede llamar a {PERSON} al {phone}?
No puedo entrar, la contraseña no funciona.
Haga clic en Guardar en la página de Configuración.
El paquete llega el lunes o el martes.
""",
    "it": """
Buongiorno, mi chiamo {PERSON}.
Ciao {FIRST}, grazie per il messaggio.
Gentile {TITLED}, il suo ordine {id} è partito.
Cordiali saluti, {PERSON}
Saluti,\n{PERSON}
Il mio indirizzo è {ADDRESS}.
Abito in {ADDRESS}.
abito in {STREET} a {CITY}
Spedite il pacco a {ADDRESS}, per favore.
Indirizzo di consegna: {ADDRESS}
Nome: {PERSON}, nato il {date}
Ho parlato con {PERSON} ieri.
{TITLED} mi ha detto che arriva il {date}.
{PERSON} lavora da {COMPANY} a {CITY}.
La fattura di {COMPANY} è sbagliata.
Mio marito {FIRST} e io viviamo a {CITY}.
Che tempo fa a {CITY}?
Cliente: {PERSON}, {ADDRESS}
sono {FIRST} di {CITY}
Può chiamare {PERSON} al {phone}?
Non riesco ad accedere, la password è sbagliata.
Clicchi su Salva nelle Impostazioni.
""",
    "nl": """
Hallo, mijn naam is {PERSON}.
Hoi {FIRST}, bedankt voor je bericht.
Geachte {TITLED}, uw bestelling {id} is onderweg.
Met vriendelijke groet, {PERSON}
Groetjes, {FIRST}
Mijn adres is {ADDRESS}.
Ik woon op {ADDRESS}.
ik woon in de {STREET} in {CITY}
Kunt u het pakket sturen naar {ADDRESS}?
Afleveradres: {ADDRESS}
Naam: {PERSON}, geboren op {date}
Ik heb gisteren met {PERSON} gesproken.
{PERSON} werkt bij {COMPANY} in {CITY}.
Mijn man {FIRST} en ik komen uit {CITY}.
Wat voor weer is het in {CITY}?
Klant: {PERSON}, {ADDRESS}
ik ben {FIRST} uit {CITY}
Ik kan niet inloggen, het wachtwoord klopt niet.
""",
    "pl": """
Dzień dobry, nazywam się {PERSON}.
Cześć {FIRST}, dziękuję za wiadomość.
Szanowny {TITLED}, zamówienie {id} zostało wysłane.
Pozdrawiam, {PERSON}
Z poważaniem\n{PERSON}
Mój adres to {ADDRESS}.
Mieszkam przy {ADDRESS}.
Proszę wysłać paczkę na adres {ADDRESS}.
Adres dostawy: {ADDRESS}
Imię i nazwisko: {PERSON}
{PERSON} pracuje w {COMPANY} w {CITY}.
Jaka jest pogoda w {CITY}?
Klient: {PERSON}, {ADDRESS}
Nie mogę się zalogować, hasło jest błędne.
""",
    "pt": """
Olá, meu nome é {PERSON}.
Oi {FIRST}, obrigado pela mensagem.
Prezado {TITLED}, o pedido {id} foi enviado.
Atenciosamente, {PERSON}
Abraços,\n{FIRST}
Meu endereço é {ADDRESS}.
Moro na {ADDRESS}.
moro na {STREET} em {CITY}
Por favor, envie para {ADDRESS}.
Endereço de entrega: {ADDRESS}
Nome: {PERSON}, nascido em {date}
Falei com {PERSON} ontem.
{PERSON} trabalha na {COMPANY} em {CITY}.
Minha esposa {FIRST} e eu somos de {CITY}.
Como está o tempo em {CITY}?
Cliente: {PERSON}, {ADDRESS}
Não consigo entrar, a senha está errada.
""",
    "sv": """
Hej, jag heter {PERSON}.
Hej {FIRST}, tack för meddelandet.
Med vänliga hälsningar, {PERSON}
Mvh {FIRST}
Min adress är {ADDRESS}.
Jag bor på {ADDRESS}.
Skicka paketet till {ADDRESS}, tack.
Leveransadress: {ADDRESS}
{PERSON} jobbar på {COMPANY} i {CITY}.
Hur är vädret i {CITY}?
Kund: {PERSON}, {ADDRESS}
Jag kan inte logga in, lösenordet är fel.
""",
    "da": """
Hej, mit navn er {PERSON}.
Hej {FIRST}, tak for beskeden.
Med venlig hilsen, {PERSON}
Min adresse er {ADDRESS}.
Jeg bor på {ADDRESS}.
Send pakken til {ADDRESS}, tak.
Leveringsadresse: {ADDRESS}
{PERSON} arbejder hos {COMPANY} i {CITY}.
Kunde: {PERSON}, {ADDRESS}
Jeg kan ikke logge ind, adgangskoden er forkert.
""",
    "no": """
Hei, jeg heter {PERSON}.
Hei {FIRST}, takk for meldingen.
Vennlig hilsen, {PERSON}
Adressen min er {ADDRESS}.
Jeg bor i {ADDRESS}.
Send pakken til {ADDRESS}, takk.
Leveringsadresse: {ADDRESS}
{PERSON} jobber hos {COMPANY} i {CITY}.
Kunde: {PERSON}, {ADDRESS}
Jeg får ikke logget inn, passordet er feil.
""",
    "fi": """
Hei, nimeni on {PERSON}.
Moi {FIRST}, kiitos viestistä.
Ystävällisin terveisin, {PERSON}
Osoitteeni on {ADDRESS}.
Asun osoitteessa {ADDRESS}.
Lähettäkää paketti osoitteeseen {ADDRESS}.
Toimitusosoite: {ADDRESS}
{PERSON} on töissä yrityksessä {COMPANY}, {CITY}.
Asiakas: {PERSON}, {ADDRESS}
En pääse kirjautumaan, salasana on väärä.
""",
    "tr": """
Merhaba, adım {PERSON}.
Merhaba {FIRST}, mesajınız için teşekkürler.
{TITLED}, siparişiniz {id} yola çıktı.
Saygılarımla, {PERSON}
Adresim {ADDRESS}.
Lütfen paketi {ADDRESS} adresine gönderin.
Teslimat adresi: {ADDRESS}
Ad Soyad: {PERSON}
{PERSON}, {CITY} şehrinde {COMPANY} için çalışıyor.
Müşteri: {PERSON}, {ADDRESS}
Giriş yapamıyorum, şifre yanlış.
""",
}

# Patterns without any entity, for what looks like one.
NOTHING = """
{Noun};{num};{Adj};{date}
{num};{Noun};{Noun};{money}
{Noun},{Adj},{num},{noun}
| {Noun} | {Adj} | {num} |
id,type,state\n{num},{Noun},{Adj}\n{num},{Noun},{Adj}
1. {Noun}\n2. {Adj} {Noun}\n3. {Noun}
* {Noun} ({adj})\n* {Noun} ({adj})
Yes: {num}, No: {num}, Maybe: {num}
Let us know by {weekday}.
[{time}] Server: ok
{Noun}: {noun}\n{Adj}: {num}
# {Noun} of the {noun}, see {Type}.{noun}()
// {Verb} the {Noun} if {Type} is {adj}
/// A {noun} that {verb}s, as in `{Type}::{noun}`.
#: {Adj} {Noun}s, in {unit}
raise {Noun}Error("{Noun} is {adj}")
{Verb} {noun}s and {noun}s from {Type}.
self.{noun}.{verb}({Type}.{NOUN})
let {noun} = {Type}::{verb}({noun}, {num})?;
{noun} = {Type}({noun}={num}, {adj}="{Noun}")
from {noun}.{noun} import {Type}, {Noun}{Noun}
Note: {noun}s with {Adj} {Noun} are {adj}.
Ask the {role}.
Nurse on duty: see the {noun}
Ref. {id}, file {id}
Table for {num} people
-- \nThe {Noun} Team
The {Adj} {Noun} is {adj}.
{Noun} {Noun} {Noun}
{Adj} {Noun} Settings
Click {Verb} {Noun}, then {Verb}.
Open Settings > {Noun} > {Adj} {Noun} and press Save Changes.
The {product} comes with a {noun} and a {noun}.
I have a {product} and it keeps crashing.
Is the {product} better than the {product}?
My {product} subscription renews in {month}.
Upgrade from {product} to {product} for {money}.
{product} is out of stock until {month} {num}.
I use {brand} and {brand} every day.
The {brand} app does not {verb} on {brand}.
How do I connect {brand} to {brand}?
Login with {brand} fails since {weekday}.
Python, Java, Rust and Go are languages.
{num} {unit}
{num} {unit}, {num} {unit} and {num} {unit}
link up, {num} {unit}, full duplex
took {num} {unit}, retry={num}
{num} {Noun}s, {num} {Noun}s, {num} {Adj} {Noun}s and {num} {noun}s
{num} {Adj} {Noun}s and {num} {Adj} {Noun}s
{num} on Mon, {num} on Tue, {num} on Wed, {num} on Thu
{num} {noun}s - {num} {noun}s - {num} {noun}s
kernel: [{num}.{num}] {noun}{num}: {noun} up, {num} {unit}
Bearer {acronym}-{num}-{num} gives {num}
My {acronym} is {num}.
{acronym} {id} for refunds, not {id}
{acronym}: {num}
The {noun} with {acronym} a4:{num}:5f drops off the {noun}.
{acronym} and {acronym} {noun}s
What is my {acronym}?
the {acronym} of the {noun}
Is the {acronym} {num} or {num}?
{ip} is my {acronym}, {ip} is not.
export {acronym}_{acronym}={num}
I speak {language} and {language}.
The {nation} {noun} is {adj}.
A {nation} {role} and a {nation} {noun}
nationality: {nation}
{nation} food is {adj}.
South {nation} and North {nation} {noun}s
We run {brand} on {brand} behind {brand}.
{brand} {noun}s, {brand}'s {noun} and the {brand} {noun}
It works in {brand} and {brand}, but not in {brand} {num}.
Install {brand} from the {brand} repository.
The {brand} {noun} of a {noun} is {adj}.
a {brand} table, a {brand} tree, a {brand} filter
On {brand} we eat {noun}s.
Translate this to {language}: the {noun} is {adj}.
{language} is hard to learn.
On {weekday} we meet at {time}, on {weekday} not.
In {month} and {month} the {noun} is {adj}.
Merry Christmas and a Happy New Year!
Happy Easter!
Order Number: {id}
Order {id} from {month} {num} was cancelled.
Ticket {id}: {Noun} is {adj}
Error {num}: {Noun} not found
ERROR: {NOUN} {NOUN} FAILED
WHY IS THE {NOUN} STILL {ADJ}??
I WANT MY {NOUN} BACK NOW
THIS IS {ADJ}! FIX THE {NOUN}
PLEASE {VERB} THE {NOUN}
NOTE: {NOUN} {verb}s at {time}
Subject: {Adj} {Noun} for {Noun}s
Re: {Noun} {Noun}
RE: YOUR {NOUN}
# {Adj} {Noun}
## {Verb} the {Noun}
Chapter {num}: The {Adj} {Noun}
Step {num}: {Verb} the {noun}.
Section {num}.{num} {Noun} and {Noun}
Q: What is a {noun}? A: A {adj} {noun}.
User: {Verb} the {noun}. Assistant: Sure, here is a {adj} {noun}.
Assistant: I'm sorry, I can't help with that.
User: hi
System: You are a helpful assistant.
You are an expert {role}. {Verb} the {noun}.
Write a {adj} story about a {noun} and a {noun}.
Total: {money}, tax: {money}
Version {num}.{num}.{num} fixes {num} bugs.
It costs {money} for {num} users over {num} months.
Row {num}, column {num} is {adj}.
The {role} will {verb} the {noun} at {time}.
Ask your {role} or {role}.
Talk to Customer Support or the Billing Team.
The Terms of Service and the Privacy Policy apply.
Our {Noun} Team will contact you within {num} hours.
Name: {noun}
name: {noun}-{noun}-{num}
Name Address City Country Phone
Full name is required.
Please enter your first name and last name.
Enter your address, city, state and zip code.
What is your name?
what is your address?
Where do you live?
My name is on the list.
my name is spelled wrong on the {noun}
I am {adj} and I am not {adj}.
I'm {adj} about the {noun}.
i am so {adj} right now
Thanks, that's {adj}.
Thanks for the {noun}!
thx a lot
Hi, I have a question about the {noun}.
Hello, is anyone there?
Dear customer,
From: Support Team
To: All Staff
Contact: {email}
Contact us at {email} or {phone}.
This is {Adj} {Noun} speaking of {noun}s.
May I ask a question?
Will you {verb} the {noun}?
Mark the {noun} as {adj}.
Mark it as done.
Can you bill me in May or in March?
I will page you in April.
He will be there in June.
The price will rise in August.
Rose gardens and hope and grace are {adj}.
Grace period of {num} days applies.
Bill of materials, price and art are {adj}.
Jack of all trades
The art of {noun}s
Young people like {noun}s, old people like {noun}s.
The king and the queen had a {noun}.
The baker, the cook and the carpenter were {adj}.
Long story short, the {noun} is {adj}.
The road to the {noun} is long.
Street food is {adj}.
We drove {num} miles down the road.
I have {num} {noun}s and {num} {noun}s.
{num} {noun}s, {num} {noun}s and a {noun}
{num} {Noun}s in {num} Days
{num} main reasons to {verb}
{num} Way Handshake
{num} Drive bays and {num} Court seats
1 Place of {noun}, 2 Way of {noun}
Page {num} of {num}
Room {num}, floor {num}
Building {num}, level {num}, desk {num}
Flight {id} at gate {num} leaves at {time}.
The {noun} on {weekday}, {month} {num}, {year} was {adj}.
Last {month} I {verb}ed {num} {noun}s.
North of the {noun} there is a {adj} {noun}.
The West Wing and the South Gate are {adj}.
New features: {Noun}, {Noun} and {Noun}.
Premium Plan, Basic Plan, Family Plan
Black Friday and Cyber Monday deals
{Adj} Edition, {Adj} Pack, {Noun} Pass
git commit -m "{Verb} the {noun}"
SELECT {noun}, {noun} FROM {noun}s WHERE {noun} = {num};
fn {noun}_{noun}({noun}: &str) -> Option<{Noun}> {
def {verb}_{noun}(self, {noun}=None):
public class {Adj}{Noun} extends {Noun}{Noun} implements {Noun} {
import {Noun}{Noun} from "./{noun}";
const {noun} = new {Noun}({num});
{noun}.{verb}({noun}, {num})
if ({noun} == {num}) { return {Noun}::{Adj}; }
{"{noun}": "{Adj} {Noun}", "{noun}": {num}}
{"type": "{Noun}", "status": "{ADJ}", "count": {num}}
<{noun} class="{adj}">{Noun} {Noun}</{noun}>
{date} {time} INFO {noun}.{noun} - {Verb}ing {noun} {num}
{date} {time} WARN [{noun}-{num}] {Noun} {adj} after {num} ms
{date}T{time}Z ERROR {Noun}Exception: {noun} is {adj} at {Noun}.java:{num}
{month} {num} {time} host{num} {noun}[{num}]: {Verb}ed {noun} from {ip} port {num}
{ip} - - [{date}] "GET /{noun}/{num} HTTP/1.1" 200 {num} "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
{num} {num} {num} {num} {num} {num}
{num},{num},{num},{num},{noun},{num}
{id},{noun},{num},{money}
| {Noun} | {Noun} | {Noun} |
{num}\t{num}\t{num}\t{noun}
Europe/Berlin America/New_York Asia/Tokyo UTC
TODO: {verb} the {noun}
Figure {num}. {Adj} {noun}s by {noun}
Table {num}: {Noun} of {noun}s
E = {num} + {num} * {num} = {num}
So {num} + {num} = <<{num}+{num}={num}>>{num} {noun}s.
#### {num}
How many {noun}s are left? {num} - {num} = {num}.
A {role} has {num} {noun}s and buys {num} more. How many are there?
The {noun} costs {money}, which is {num}% more than last {month}.
A box holds {num} {noun}s. How many boxes are needed for {num} {noun}s?
{num}/{num} of the {noun}s are {adj}.
{num}/{num}*{num} = <<{num}/{num}*{num}={num}>>{num} {noun}s
{num}/{num} of {num} is {num}/{num}*{num} = {num}.
She lost 1/2 of the {noun}s and {num}/{num} of the rest.
The {noun} is {num}/{num} full.
He eats 1/2 a cup of {noun}s and 3/4 of a {noun}.
{num} - {num} - {num} = {num} {noun}s are left.
It takes {num} x {num} = {num} minutes.
{num} {noun}s * {num} {noun}s = {num} {noun}s
The {noun} holds {num} mL, {num} kg or {num} pounds.
A chunk of {num} MiB, {num} KiB or {num} GB at {num} MB/s
{num} square feet, {num} feet by {num} feet
{num} inches / {num} = {num} inches
{num} events | {num} events per second | {num} | ≥ {num}
| {noun}, {num} {noun}s | {num} {noun}s/s | goal ≤ {num} | {num}
| `{noun}` | {adj} {noun}s | {Noun} |
[{num}, {num}, {num}, {num}, {num}]
({num}, {num}), ({num}, {num})
answers {num}, {num}, {num} and 5xx
status codes 400, 401, 403, 404, 408, 429, 500, 502, 503
0x00{num}: 0x00{num}, # {NOUN} {NOUN} {NOUN}
0x{num}af 0x{num} 0xff 0x00{num}
{num}:{num} {num}:{num} {num}:{num}
{noun}: {Type},
{noun}: {Type}<{Type}>,
pub {noun}: {Type}<{Type}>,
pub(crate) {noun}_{noun}: &'a {Type},
let {noun}: {Type}<_> = {noun}.iter().collect();
struct {Noun}{Noun} { name: {Type}, city: {Type}, address: {Type}<{Type}> }
type {Noun} = { name: {Type}; email: {Type} | null };
{Type} {noun} = new {Type}();
private final {Type} {noun};
return {Type}, {Type}
use {noun}::{{Noun}, {Noun}, {Noun}};
import { {Noun}, {Noun} } from "{noun}";
#[derive({Type}, {Type}, {Type})]
impl {Type} for {Type} {
trait {Noun}: {Type} + {Type} {
except {Noun}Error as e:
result is {Type}
{Noun} or {Type} or not
curl -X POST -H 'Content-Type: application/json' -d '{}' http://localhost:8080/{noun}
curl -H "Authorization: Bearer $TOKEN" http://localhost/{noun}
docker run -d --name {noun} -p {num}:{num} {noun}:{num}
sudo apt-get install {noun}
$ {verb} --{noun} {num} -v
The {Adj} {Noun} Act and the {Noun} Directive
Every {noun} is {adj}. Whoever has it, knows it.
{Noun}s have {num} {noun}s and {adj} {noun}s.
{Adj} {noun}s are {adj}.
{Noun}'s {noun} is {adj}.
{Noun} A and {Noun} B weigh {num} pounds.
Packet A, Box B, Group C, Team D, Type O, Vitamin C
The six T-shirts cost {money}.
One part {product}, two parts {brand}
{Verb} it, {verb} it, {verb} it again.
Yes. No. Maybe. Okay. Sure. Thanks!
Yes please
No thanks, {adj} is fine.
OK, understood.
Monday, Tuesday, Wednesday, Thursday, Friday
Let x be the number of {noun}s. Then x = {num}.
The sum of the {noun}s is {num}+{num}=<<{num}+{num}={num}>>{num}.
Answer: {num}
First, {verb} the {noun}. Second, {verb} the {noun}. Finally, {verb}.
Altogether there are {num} {noun}s. Therefore {num} are left.
However, the {noun} was {adj}. Moreover, it was {adj}.
"""
