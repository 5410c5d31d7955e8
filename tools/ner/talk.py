"""Sentences that are put together from the words that stand before and behind persons and places, so that many words
have told of a name once: a list of whole sentences has too few of them."""

# English: what stands before a person (`{who}`), and what follows one.
TO_PERSON = """tell|ask|call|ring|text|email|message|ping|thank|meet|see|visit|remind|invite|join|copy in|pay|help|show|warn|trust|hug|miss|love|marry|
follow|block|unfriend|add|remove|contact|reach|notify|inform|congratulate|blame|forgive|introduce|nominate|hire|sack|fire|promote|train|replace|
interview|brief|phone|cc|loop in|speak to|talk to|write to|reply to|listen to|wait for|ask for|look for|care for|pray for|vote for|work for|
work with|stay with|go with|dance with|live with|agree with|check with|liaise with|sit next to|look after|hear from|learn from|borrow from|
apologise to|apologize to|complain to|report to|lend it to|hand it to|give it to|send it to|pass it to|forward it to|show it to|explain it to|
deliver it to|leave it with|share it with|discuss it with|bring it to|sell it to|return it to|assign it to|escalate to|confirm with|refer to|cover for|
book it for|keep it for|sign for|vouch for|say hi to|say hello to|give my regards to|get back to|catch up with|fall out with|break up with|run it past|
check on|pick up|drop off|wake up|let down|bump into|ask after""".replace("\n", "").split("|")
SUBJECTS = """I|we|you|they|he|she|somebody|the nurse|my boss|mum|dad|the team|the manager|our neighbour|the driver|the agent|the doctor|a friend|the kids|the police|HR|support""".split("|")
PAST_TO = """told|asked|called|rang|texted|emailed|messaged|pinged|thanked|met|saw|visited|reminded|invited|paid|helped|warned|trusted|hugged|missed|loved|married|
followed|blocked|contacted|notified|informed|blamed|forgave|nominated|hired|sacked|fired|promoted|replaced|interviewed|phoned|knew|remember|recognised|
spoke to|talked to|wrote to|replied to|waited for|asked for|looked for|voted for|worked for|worked with|stayed with|went with|lived with|agreed with|checked with|
heard from|borrowed it from|got it from|bought it from|apologised to|complained to|reported to|gave it to|handed it to|sent it to|passed it to|showed it to|left it with|
was rude to|got a call from|had lunch with|shared a room with|sat next to|ran into|fell out with|broke up with|looked after|picked up|dropped off|was sitting beside|
ordered it for|addressed it to|made it out to|booked it for|spoke with|caught up with|am married to|am engaged to|was introduced to|was seen by|was treated by|was referred to""".replace("\n", "").split("|")
ACTIONS = """said|says|thinks|wants|knows|asked|replied|answered|agreed|refused|laughed|laughs|cried|smiled|nodded|shouted|whispered|phoned|rang|called|texted|emailed|
left|arrived|came|went|goes|returned|moved|stayed|waited|slept|woke up|retired|resigned|quit|graduated|died|passed away|got married|was born|grew up|was hired|was fired|
signed|paid|ordered|booked|cancelled|confirmed|complained|apologised|promised|suggested|reported|noticed|explained|insisted|claims|denies|admitted|argues|believes|hopes|
likes|loves|hates|needs|owns|runs|manages|leads|teaches|studies|plays|sings|drives|cooks|works|lives|has|had|is|was|will|would|can|can't|won't|didn't|doesn't|
isn't|hasn't|should|must|may|might|has been|had been|will be|is going|is coming|is on leave|is off sick|is out today|is late|is right|is wrong|is here|is away|is pregnant|
broke the {noun}|lost the {noun}|found a {noun}|bought a {noun}|sold the {noun}|forgot her {noun}|forgot his {noun}|dropped the {noun}|wants a {noun}|sent the {noun}|
looks {adj}|seems {adj}|sounds {adj}|felt {adj}|was {adj}|is so {adj}|just stood there|looked at her|looked at him|looked up|turned around|shook his head|shrugged|sighed|
takes over on {weekday}|starts on {weekday}|is back on {weekday}|joins us from {month}|scored twice|won again|lost the case|wrote the {noun}|drew it|
presented with a {noun}|was admitted on {date}|was discharged on {date}|tolerated it well|denies any {noun}|reports {adj} pain|lives alone|smokes|weighs {num} kg|
to call back|to confirm|to follow up|to chair|to send the {noun}|to bring the {noun}|to check by {weekday}|
and I are {adj}|and I talked|and I agree|and his wife|and her husband|and the kids|and family|and his {noun}|and her {noun}|and co""".replace("\n", "").split("|")
RELATIONS = """mum|mom|dad|mother|father|sister|brother|son|daughter|wife|husband|partner|boyfriend|girlfriend|ex|aunt|uncle|auntie|cousin|niece|nephew|grandma|grandpa|granny|
gran|grandad|grandmother|grandfather|mother-in-law|stepson|godmother|twin|baby|toddler|friend|mate|best friend|flatmate|roommate|housemate|neighbour|neighbor|landlord|tenant|
boss|manager|colleague|coworker|assistant|intern|trainee|supervisor|predecessor|successor|deputy|secretary|accountant|lawyer|solicitor|dentist|doctor|GP|nurse|midwife|surgeon|
therapist|physio|teacher|tutor|coach|trainer|pupil|student|professor|headmistress|principal|plumber|electrician|builder|mechanic|gardener|cleaner|nanny|babysitter|driver|
hairdresser|agent|host|guest|customer|client|patient|witness|victim|suspect|defendant|sergeant|officer|inspector|reporter|author|singer|captain|goalkeeper|striker|
caseworker|social worker|carer|account manager|contact|buyer|seller|applicant|candidate|beneficiary|guardian|executor|trustee|director|founder|chairman|chairwoman|mayor|pastor|imam|rabbi""".replace("\n", "").split("|")
BEFORE = """dear|hi|hey|hello|hiya|yo|oi|morning|good morning|good evening|welcome|welcome back|thanks|thank you|cheers|many thanks|ta|love|kisses|xoxo|regards|best|yours|
sincerely|bye|goodbye|good night|sorry|please|congratulations|congrats|happy birthday|well done|good luck|get well soon|come on|ok|okay|yes|no|so|well|right|look|listen|oh|
according to|on behalf of|in memory of|in the name of|care of|c/o|attn|attention|thanks to|because of|instead of|apart from|such as|like|unlike|except|including|
signed|signed by|sent by|written by|drawn by|taken by|seen by|checked by|approved by|reviewed by|created by|reported by|prepared by|requested by|ordered by|paid by|led by|
hosted by|taught by|designed by|edited by|translated by|delivered by|collected by|owned by|raised by|based on a call with|notes from|letter from|message from|email from|
call from|voicemail from|feedback from|invoice from|regards from|greetings from|a gift from|a card for|a parcel for|a table for|a room for|an appointment for|a prescription for|
the file of|the case of|the estate of|the account of|the house of|the birthday of|the death of|the mother of|the parents of|a photo of|a picture of|a portrait of|the late|
under the name|reservation under|booking for|tickets for|flowers for|starring|featuring|feat.|with|without|between|about|for|from|to|by|of|and|or|but not|not|maybe|only|even|
is it|was it|where is|where's|who is|who's|how is|how's|what about|how about|did|does|is|was|has|will|can|could|would|should|what did|why did|when did|when does|why does|
this is|that's|it's|it was|here is|here's|I am|I'm|i'm|im|my name is|name's|call me|they call me|speaking with|speaking to|you're talking to|my real name is|
poor|little|old|young|big|dear old|our|my|your|his|her|Saint|King|Queen|Lady|Lord|Captain|Sergeant|Sister|Brother|Father|Uncle|Aunt|Grandma|Coach|Nurse|Judge|Senator|President""".replace("\n", "").split("|")
AFTER = """, please|, thanks|, thank you|, are you there?|, can you help?|, could you check?|, what happened?|, right?|, you know|, I think|, of course|, obviously|, aged {num},|, {num},|, who|, whose|
, my {relation},|, our {role},|, a {role},|, the {role},|, formerly of|, born {date},| (born {year})| (they/them)| (she/her)| (he/him)| (away)| ({num})| ({phone})| <{email}>| from accounting| from HR| from IT|
 from sales| from next door| from work| from school| at reception| at the desk| in accounting| in legal| on the left| on line {num}| on {phone}| of the {noun} team| on {weekday}| at {time}|
 again| too| instead| today| yesterday| tomorrow| soon| first| directly| personally| by {weekday}| asap| a lot| as well| for the {noun}| for a {noun}| about the {noun}| about it| with the {noun}| to the {noun}|!|?|.|...|:| -|;| :)| xx| x|'s {noun}|'s place|'s|'s birthday| her {noun}| his {noun}| the {noun}| that| and""".replace("\n", "").split("|")
# How people talk to one another: what opens, what they say, what closes.
OPENERS = """yo|oi|hey|hiya|heya|hi|hello|psst|ok|okay|so|well|right|look|listen|wait|omg|lol|ugh|wow|oh|ah|yeah|yep|nope|no|yes|btw|fyi|sorry|ps|congrats|
morning|evening|afternoon|night|dude|bro|babe|mate|sup|wassup|alright|welcome|thanks|ty|thx|please|pls|quick one|heads up|good news|bad news|honestly|seriously|
finally|again|now|then|today|tomorrow|actually|anyway|also|and|but|still""".replace("\n", "").split("|")
CLAUSES = """u up|u there|u free tonight|wanna hang|where r u|call me|pick up|omg|lol|what u doing|miss u|hurry up|got a sec|quick question|the {noun} is {adj}|can u send the {noun}|
see u at {time}|thx for the {noun}|happy bday|so sorry|told u|come here|stop it|let's go|look at this|why {COMPANY}|why the {noun}|how was the {noun}|how are you|are you ok|what do you think|
where is the {noun}|did you get the {noun}|you are on mute|can you hear me|your turn|over to you|well done|good job|that was {adj}|is it {adj}|it is your {noun}|bring the {noun}|shout if that's a problem|
let me know|don't forget the {noun}|I need the {noun} by {weekday}|meet {who}|this is {who}|say hi to {who}|tell me about the {noun}|walk us through the {noun}|start with the {noun}|the floor is yours|
please review|please confirm|please sign|we missed you|we won|it's a {noun}|I'm {adj}|I was in {CITY}|I moved to {CITY}|have a seat|what brings you here|what is your {noun}|when can you start""".replace("\n", "").split("|")
CLOSERS = """ta|cheers|thx|tx|ttyl|xoxo|xx|hugs|best|best wishes|warmly|later|laters|peace|ciao|bye|bye now|love|lots of love|take care|talk soon|speak soon|see you|see you soon|yours|
yours truly|yours faithfully|sincerely yours|kindly|with gratitude|many thanks|thanks again|thanks in advance|rgds|regards|kind regards|warm regards|kr|br|vr|signed|sgd|sent by|written by|
received by|accepted by|collected by|checked by|witnessed by|in witness|faithfully|respectfully|gratefully|fondly|always|your friend|your neighbour|a friend|grüße|lg|mfg|cordialement|saludos|
un abrazo|saluti|groetjes|pozdrawiam|abraços|hälsningar|hilsen|terveisin|saygılar""".replace("\n", "").split("|")
# Places.
TO_PLACE = """in|near|to|from|via|around|outside|towards|through|leaving|leaving for|bound for|based in|born in|raised in|buried in|arrived in|live in|lives in|lived in|stuck in|
stopped in|moved to|move to|drove to|flew to|flying to|fly from|driving from|went to|going to|headed to|back to|back in|back from|trip to|journey to|train to|night bus to|ferry to|flight to|
flights from|road to|exit for|weekend in|holiday in|conference in|office in|branch in|hotel in|flat in|house in|hospital in|court in|school in|factory in|shop in|warehouse in|
the mayor of|the city of|the town of|the port of|the streets of|the people of|the history of|a map of|downtown|greater|central|north of|south of|east of|west of|
prices in|rents in|weather in|traffic in|floods in|protests in|elections in|weddings in|a bakery in|a clinic in|studied in|works in|worked in|trained in|visited|visiting|toured|left|love|
next stop|the last stop is|welcome to|greetings from|made in|shipped from|shipped to|delivered to|printed in|signed in|posted from|hello from|all the way from|everyone in""".replace("\n", "").split("|")
AFTER_PLACE = """|.|,|!|?|, where|, which| is {adj}| was {adj}| on {weekday}| in {month}| since {year}| last {month}| next {month}| for the {noun}| with the kids| for {num} years| airport| station|
 harbour| city centre| and back| by train| by {time}| area| region| yesterday| tomorrow| this week| at the weekend| because of the {noun}| to see the {noun}|'s {noun}| has a {noun}| needs a {noun}""".replace("\n", "").split("|")
# Addresses.
TO_ADDRESS = """at|to|from|near|outside|opposite|behind|in front of|live at|lives at|living at|lived at|residing at|resident at|resides at|staying at|of|moved to|moving to|left|send it to|
sent to|ship to|shipped to|deliver to|delivered to|collect from|picked up from|pick up at|drop off at|meet me at|come to|parked at|found at|seen at|arrested at|registered at|located at|
situated at|based at|office at|flat at|house at|premises at|the premises known as|the property at|the house at|the owner of|the tenant of|the keys to|the rent for|the lease for|a fire at|a burglary at|a leak at|
an ambulance to|a technician to|an inspection of|work starts at|forward mail to|my address is|address is|address:|addr:|home:|delivery address|billing address:|ship-to:|site:|venue:|where:|location:|
return address|registered office|correspondence to|change of address to|new address|old address:|we are at|you will find us at|visit us at|invoice to|site visit|job at|viewing at|late of|formerly of""".replace("\n", "").split("|")
AFTER_ADDRESS = """|.|,|;|!|?|)| .|. {Word} the {noun}| {word}|, {word}| {word} {word}|, {word} the {noun}|. {Word} {word}| by {date}| on {date}| before {time}| at {time}| since {year}| until {weekday}| from {date}|. Thanks| please|, please|
 and| but| or| where| which is {adj}|, which| with the {noun}| for {money}| wearing a {noun}| hereby| instead| tomorrow|. Phone {phone}|, tel {phone}| ({num} m)| - {word}| pr. {date}| vanaf {date}| ab {date}| le {date}| el {date}| il {date}| den {date}| od {date}|. Is it|. Who""".replace("\n", "").split("|")
# Other languages: greetings; what stands before persons; what follows them; what stands before places.
ABROAD = {
    "de": ("hallo|sehr geehrte damen und herren|guten morgen zusammen|guten tag|guten abend|grüß gott|servus|moin|liebe|lieber|sehr geehrte|sehr geehrter", "ich bin|mein name ist|hier ist|hier spricht|von|für|mit|an|bei|durch|frau|herr|kollegin|kollege|mein bruder|meine schwester|meine frau|mein mann|unsere nachbarin|unterschrieben von|im auftrag von|laut|rufen sie bitte|fragen sie",
           "hat angerufen|ist krank|kommt später|wohnt in|möchte den termin verschieben|ist umgezogen|wurde am {date} geboren|sagt|meint|schreibt|fragt, ob|bittet um rückruf|und ich|geht in rente", "in|aus|nach|bei|über|nahe|von|wohnhaft in|geboren in|unterwegs nach"),
    "fr": ("bonjour|bonjour à tous|madame, monsieur|bonsoir|salut|coucou|cher|chère|madame|monsieur|allô", "je suis|je m'appelle|ici|c'est|pour|avec|chez|par|de la part de|selon|mon frère|ma sœur|mon mari|ma femme|notre voisin|signé|veuillez appeler|demandez à|adressé à",
           "a appelé|est malade|habite à|souhaite annuler|a déménagé|est né le {date}|dit que|pense|écrit|demande si|et moi|part à la retraite|viendra {weekday}", "à|de|vers|près de|depuis|en route pour|née à|né à|habite à|au sud de"),
    "es": ("hola|hola a todos|estimados señores|buenos días|buenas tardes|buenas noches|estimado|estimada|querido|querida|señor|señora", "soy|me llamo|habla|le habla|para|con|de parte de|según|por|mi hermano|mi hermana|mi marido|mi mujer|nuestra vecina|firmado por|llame a|pregunte por|dirigido a",
           "ha llamado|está enfermo|vive en|quiere cancelar|se ha mudado|nació el {date}|dice que|piensa|escribe|pregunta si|y yo|se jubila|vendrá el {weekday}", "en|de|desde|hacia|cerca de|a|nacido en|rumbo a|vive en|al norte de"),
    "it": ("ciao|ciao a tutti|gentili signori|buongiorno|buonasera|salve|gentile|caro|cara|egregio|spettabile", "sono|mi chiamo|parla|per|con|da parte di|secondo|mio fratello|mia sorella|mio marito|mia moglie|il nostro vicino|firmato|chiami|chieda a|indirizzato a|il signor|la signora",
           "ha chiamato|è malato|abita a|vuole disdire|si è trasferito|è nato il {date}|dice che|pensa|scrive|chiede se|ed io|va in pensione|verrà {weekday}", "a|da|verso|vicino a|presso|nato a|nata a|in viaggio per|abita a|a sud di"),
    "nl": ("hallo|hallo allemaal|geachte heer of mevrouw|goedemorgen|hoi|dag|goedendag|goedenavond|beste|lieve|geachte heer|geachte mevrouw", "ik ben|mijn naam is|u spreekt met|voor|met|van|namens|volgens|door|mijn broer|mijn zus|mijn man|mijn vrouw|onze buurman|getekend door|bel|vraag naar|gericht aan",
           "heeft gebeld|is ziek|woont in|wil afzeggen|is verhuisd|is geboren op {date}|zegt dat|denkt|schrijft|vraagt of|en ik|gaat met pensioen|komt {weekday}", "in|uit|naar|bij|via|onderweg naar|geboren in|woont in|ten zuiden van"),
    "pl": ("cześć|szanowni państwo|drodzy państwo|dzień dobry|dobry wieczór|witam|szanowna pani|szanowny panie|drogi|droga|hej", "jestem|nazywam się|mówi|dla|z|od|według|przez|mój brat|moja siostra|mój mąż|moja żona|nasz sąsiad|podpisano|proszę zadzwonić do|w imieniu|pan|pani",
           "dzwonił|jest chory|mieszka w|chce odwołać|przeprowadził się|urodził się {date}|mówi, że|myśli|pisze|pyta, czy|i ja|przyjdzie w {weekday}|prosi o kontakt", "w|z|do|koło|przez|urodzony w|mieszka w|w drodze do"),
    "pt": ("olá|olá a todos|prezados senhores|boa tarde|oi|bom dia|boa noite|caro|cara|prezado|prezada|senhor|senhora", "sou|me chamo|fala|para|com|da parte de|segundo|por|meu irmão|minha irmã|meu marido|minha mulher|nosso vizinho|assinado por|ligue para|pergunte por",
           "ligou|está doente|mora em|quer cancelar|mudou-se|nasceu em {date}|diz que|acha|escreve|pergunta se|e eu|vai se aposentar|vem na {weekday}", "em|de|para|perto de|desde|nascido em|mora em|a caminho de|ao sul de"),
    "sv": ("hej|hej alla|bästa kunder|god morgon|god natt|hejsan|god kväll|goddag|kära|bäste|tjena", "jag heter|jag är|det är|för|med|från|enligt|av|min bror|min syster|min man|min fru|vår granne|undertecknat av|ring|fråga efter|på uppdrag av",
           "har ringt|är sjuk|bor i|vill avboka|har flyttat|föddes {date}|säger att|tror|skriver|frågar om|och jag|går i pension|kommer på {weekday}", "i|från|till|nära|via|född i|bor i|på väg till"),
    "da": ("hej|hej alle|kære alle|god dag|god nat|goddag|god morgen|god aften|halløj|kære|davs", "jeg hedder|jeg er|det er|for|med|fra|ifølge|af|min bror|min søster|min mand|min kone|vores nabo|underskrevet af|ring til|spørg efter|på vegne af",
           "har ringet|er syg|bor i|vil aflyse|er flyttet|blev født {date}|siger at|tror|skriver|spørger om|og jeg|går på pension|kommer på {weekday}|ønsker en tid", "i|fra|til|nær|via|født i|bor i|på vej til"),
    "no": ("hei|hei alle|kjære alle|god dag|god natt|goddag|god kveld|heisann|kjære|hallo", "jeg heter|jeg er|det er|for|med|fra|ifølge|av|min bror|min søster|mannen min|kona mi|naboen vår|signert|ring|spør etter|på vegne av",
           "har ringt|er syk|bor i|vil avbestille|har flyttet|ble født {date}|sier at|tror|skriver|spør om|og jeg|går av med pensjon|kommer på {weekday}|ber om svar", "i|fra|til|nær|via|født i|bor i|på vei til"),
    "fi": ("hei|hei kaikki|hyvät asiakkaat|hyvää päivää|moi|terve|huomenta|hyvää iltaa|hyvä|rakas|arvoisa", "olen|nimeni on|täällä|puhelimessa|mukaan|veljeni|siskoni|mieheni|vaimoni|naapurimme|allekirjoittanut|soita|kysy|vastaanottaja|herra|rouva",
           "soitti|on sairaana|asuu|haluaa perua|on muuttanut|syntyi {date}|sanoo|ajattelee|kirjoittaa|kysyy|ja minä|jää eläkkeelle|tulee {weekday}", "lähellä|kaupunki|kotikunta|asuinpaikka|syntymäpaikka|kohde"),
    "tr": ("merhaba|herkese merhaba|sayın yetkili|iyi günler|selam|günaydın|iyi akşamlar|iyi geceler|sayın|sevgili|değerli", "ben|benim adım|adım|adı|arayan|kardeşim|ablam|eşim|kocam|komşumuz|imza|lütfen arayın|müşteri|hasta|yetkili",
           "aradı|hasta|iptal etmek istiyor|taşındı|{date} doğumlu|diyor ki|düşünüyor|yazıyor|soruyor|ve ben|emekli oluyor|için|ile|tarafından", "şehir|il|ilçe|doğum yeri|varış|kalkış"),
}


def who(rng):
    """A person as people are spoken of."""
    return rng.choice(["{FIRST}"] * 6 + ["{PERSON}"] * 4 + ["{LAST}", "{TITLED}", "{FIRST} and {FIRST}", "{PERSON} and {PERSON}", "{FIRST}, {FIRST} and {FIRST}"])


def address(rng):
    """A whole address, or its street and number."""
    return rng.choice(["{ADDRESS}", "{ADDRESS}", "{STREET}"])


def clause(rng):
    """What somebody says to a person."""
    return rng.choice(CLAUSES).replace("{who}", who(rng))


def sentence(rng):
    """A pattern of an English sentence with a person or a place."""
    person, relation = who(rng), rng.choice(RELATIONS)
    made = rng.choice([
        lambda: f"{rng.choice(TO_PERSON)} {person}{rng.choice(AFTER)}",
        lambda: f"{rng.choice(['please', 'pls', 'can you', 'could you', 'I will', 'let us', 'you should', 'do not', 'I need to', 'remember to', 'who can', 'we have to', 'want to'])} {rng.choice(TO_PERSON)} {person}{rng.choice(AFTER)}",
        lambda: f"{rng.choice(SUBJECTS)} {rng.choice(PAST_TO)} {person}{rng.choice(AFTER)}",
        lambda: f"{person} {rng.choice(ACTIONS)}{rng.choice(['.', '', ',', ' yesterday', ' {weekday}', ' again', ' the {noun}', ' that'])}",
        lambda: f"{rng.choice(['so', 'then', 'but', 'and', 'when', 'if', 'because', 'while', 'after', 'today', 'last {weekday}', 'in {month}', 'at {time}', 'yesterday', '{date}:', '{time}', 'apparently', 'meanwhile,', 'sadly,', 'luckily', 'maybe', 'I think', 'I hope', 'they say'])} {person} {rng.choice(ACTIONS)}",
        lambda: f"{rng.choice(['my', 'our', 'your', 'his', 'her', 'their', 'the', 'a', 'with', 'from'])} {relation}{rng.choice([' ', ' ', ', ', ': ', ' is ', ' called ', ' named '])}{person}{rng.choice(AFTER)}",
        lambda: f"{rng.choice(BEFORE)}{rng.choice([' ', ' ', ' ', ' ', ', ', ': ', chr(10)])}{person}{rng.choice(AFTER)}",
        lambda: f"{relation}{rng.choice([' ', ': ', ' - ', ', '])}{person}{rng.choice(['', ';', ',', chr(10)])}",
        lambda: f"\"{rng.choice(['I know', 'come in', 'never', 'it is {adj}', 'the {noun} is {adj}', 'wait', 'no way'])}{rng.choice([',', '!', '?', '.'])}\" {rng.choice(['said ', 'says ', 'asked ', 'laughs ', 'whispered ', 'cried ', 'adds ', 'explains ', 'shouted ', 'joked ', ''])}{person}{rng.choice(['.', ',', ''])}",
        lambda: f"{person}{rng.choice(AFTER)}",
        lambda: f"{rng.choice(OPENERS)}{rng.choice([' ', ' ', ', ', ': '])}{person}{rng.choice([' ', ', ', '! ', ': ', ' - '])}{clause(rng)}{rng.choice(['', '?', '.', '!'])}",
        lambda: f"{person}{rng.choice([' ', ', ', ': ', '! '])}{clause(rng)}{rng.choice(['', '?', '.', '!'])}",
        lambda: f"{clause(rng)}{rng.choice([' ', ', ', ', '])}{person}{rng.choice(['', '?', '.', '!'])}",
        lambda: f"{clause(rng)}{rng.choice(['. ', '! ', '? ', chr(10), ' '])}{rng.choice(CLOSERS)}{rng.choice([', ', ',' + chr(10), chr(10), ' ', ' - ', '. ', ': '])}{person}{rng.choice(['', '', '.'])}",
        lambda: f"{rng.choice(['{Word}', '{Word}', '{word}', '{WORD}', '{role}', '{Word} {word}'])}{rng.choice([' ', ' ', ' ', ', ', ': '])}{person}{rng.choice(AFTER)}",
        lambda: f"{rng.choice(TO_PLACE)} {rng.choice(['{CITY}', '{CITY}', '{PLACE}'])}{rng.choice(AFTER_PLACE)}",
        lambda: f"{rng.choice(SUBJECTS)} {rng.choice(['live', 'work', 'am', 'was', 'studied', 'met', 'stayed', 'slept', 'stopped', 'grew up'])} {rng.choice(['in', 'near', 'outside', 'around'])} {{CITY}}{rng.choice(AFTER_PLACE)}",
        lambda: f"{rng.choice(TO_PLACE)} {{CITY}} {rng.choice(['and', 'or', 'to', 'via', 'than in', 'but not', 'then', 'and later'])} {{CITY}}{rng.choice(AFTER_PLACE)}",
        lambda: f"{rng.choice(TO_ADDRESS)} {address(rng)}{rng.choice(AFTER_ADDRESS)}",
        lambda: f"{person} {rng.choice(ACTIONS)} {rng.choice(TO_ADDRESS)} {address(rng)}{rng.choice(AFTER_ADDRESS)}",
        lambda: f"{person}{rng.choice([', ', chr(10), ' of ', ' from ', ', of ', ' - ', ' at '])}{address(rng)}{rng.choice(AFTER_ADDRESS)}",
    ])()
    made = made.replace("{relation}", relation)
    return made[0].upper() + made[1:] if rng.random() < 0.6 else made


def abroad(rng, language):
    """A pattern of a sentence in another language."""
    greetings, before, after, place = (part.split("|") for part in ABROAD[language])
    person = who(rng)
    made = rng.choice([
        lambda: f"{rng.choice(greetings)}, {{word}} {{word}} {rng.choice(after)} {{word}}",
        lambda: f"{rng.choice(greetings)}{rng.choice([' ', ', ', '! '])}{person}{rng.choice([',', '!', '.', chr(10), ' ' + rng.choice(after)])}",
        lambda: f"{rng.choice(greetings)}, {person} {rng.choice(after)}",
        lambda: f"{rng.choice(greetings)}{rng.choice([', ', '. ', '! '])}{rng.choice(before)} {person}{rng.choice(['.', ',', ''])}",
        lambda: f"{rng.choice(before)} {person}{rng.choice(['.', ',', '', ' ' + rng.choice(after)])}",
        lambda: f"{person} {rng.choice(after)}",
        lambda: f"{rng.choice(before)} {person}, {{ADDRESS}}{rng.choice(AFTER_ADDRESS)}",
        lambda: f"{person} {rng.choice(after)} {{ADDRESS}}{rng.choice(AFTER_ADDRESS)}",
        lambda: f"{rng.choice(place)} {{ADDRESS}}{rng.choice(AFTER_ADDRESS)}",
        lambda: f"{person} {rng.choice(after)} {{CITY}}",
        lambda: f"{rng.choice(place)} {{CITY}}{rng.choice(['.', ',', ''])}",
    ])()
    return made[0].upper() + made[1:] if rng.random() < 0.7 else made
