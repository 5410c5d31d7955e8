#!/usr/bin/env python3
"""Writes texts to evaluate with whose errors nobody looks at, so that nothing is built for them: blind.jsonl.

    blind_style.py OUTPUT

The patterns were written after those that train, calibrate and evaluate, and share none with them. Whoever improves the
tagger reads the totals of this file alone. A line tells by `names` whether its names are `seen` or `held_out` ones.
"""
import argparse
import random
from pathlib import Path

import lists
from fill import Filler, recased
from generate import BY_LANGUAGE, ENGLISH_LOCALES, lines
from other_style import put
from values import Values

SEED = 7_310_205
COUNT = 6000

PATTERNS = r"""
Discharge summary\nPatient {PERSON} was admitted via A&E with a {adj} {noun}. Consultant: {TITLED}. Next of kin: {PERSON}, {phone}.
Good to chat earlier. As discussed, {FIRST} will own the rollout and {FIRST} covers while she's on holiday. Shipping address for the kit: {ADDRESS}.
Dear Hiring Manager,\n\nI am writing to apply for the post of {role} at {COMPANY}. I have lived in {CITY} for {num} years.\n\nYours faithfully,\n{PERSON}
This deed is made on {date} by {PERSON} ("the Donor") in favour of {PERSON} of {ADDRESS}.
hey is {FIRST} still with {FIRST}?? saw her in {CITY} w some other guy lmao
shoutout to {FIRST} for fixing my {noun} in like five minutes
Sprint retro: kudos went to {PERSON} ({noun} migration) and to {PERSON} for the on-call week.
The court heard that {LAST}, {num}, had followed {PERSON} home from {COMPANY}.
Booking confirmed! Lead traveller {PERSON}. Pick-up: {STREET}. Driver: {FIRST}.
Complaint no. {id}: caller {PERSON} states that parcel never reached {ADDRESS}. Agent {FIRST} opened an investigation.
On {weekday} we buried {FIRST}'s grandmother in {CITY}; even {FIRST} came, all the way from {PLACE}.
{COMPANY} named {PERSON} as its next {role}, replacing {PERSON}, who steps down in {month}.
Reading group, week {num}: {FIRST} reads aloud, {FIRST} disagrees with everything, {FIRST} falls asleep.
{PERSON} owes me {money}. So does {PERSON}.
Home visit {date}. Lives with daughter {FIRST}. Keys held by neighbour {PERSON} at {STREET}.
"Mum, {FIRST} hit me!" "{FIRST}, say sorry to your brother."
Tutor feedback: {FIRST}'s essay on {noun}s was {adj}; {FIRST} should cite more sources.
I'd like to report my ex-husband {PERSON}. He turned up at {ADDRESS} again last night.
Notice is hereby given that {PERSON}, trading as {COMPANY}, intends to apply for a licence at {ADDRESS}.
Guest list so far: {FIRST}, {FIRST} + {num}, {PERSON}, {TITLED}, maybe {FIRST}
{CITY} lost {num}-{num} at home after {LAST} was sent off.
Mileage claim {month}: {CITY} - {CITY} return, {num} km, visit to {COMPANY}.
The grant was awarded to {PERSON} at {COMPANY} for work on {noun}s.
Landlord reference for {PERSON}: paid on time, left the flat at {STREET} clean.
user_1: anyone know {PERSON}?\nuser_2: lol yes, {FIRST} was in my class in {CITY}
Vaccination card: {LASTFIRST}; GP {TITLED}; batch {id}
Ship the replacement {noun} to my office instead: {COMPANY}, {ADDRESS}. Ask for {FIRST}.
In memoriam {PERSON}, beloved {role} and friend. Donations to {COMPANY}.
fyi {PERSON} quit. {FIRST} found out from {FIRST}, not from HR
Minutes: present {PERSON}; {PERSON}; {PERSON}. Absent with apologies: {PERSON}.
Sehr geehrte {TITLED}, Ihr Vertrag für {ADDRESS} endet am {date}. Ihr Ansprechpartner ist {PERSON}.
{PERSON} möchte wissen, ob die Lieferung nach {CITY} schon unterwegs ist.
{TITLED}, votre rendez-vous avec {PERSON} est confirmé pour le {date}.
Le colis de {PERSON} est arrivé à {CITY}, mais l'adresse {ADDRESS} est incomplète.
El paciente {PERSON} vive con su hija {FIRST} en {ADDRESS}.
Me llamo {PERSON} y llevo {num} años trabajando para {COMPANY} en {CITY}.
La {TITLED} ha chiesto a {FIRST} di spedire tutto in {ADDRESS}.
Wij hebben {PERSON} gevraagd om {date} naar {CITY} te komen.
Zgodnie z rozmową z {PERSON}, paczkę proszę wysłać na adres {ADDRESS}.
Segundo {PERSON}, a reunião em {CITY} foi adiada para {date}.
Enligt {PERSON} ska paketet skickas till {ADDRESS}.
Asiakas {PERSON} soitti {date} ja kysyi laskusta.
{PERSON} isimli müşterimiz {CITY} şubesine başvurdu.
- name: {PERSON}\n  role: {role}\n  office: {CITY}\n- name: {PERSON}\n  role: {role}\n  office: {CITY}
<td>{PERSON}</td><td>{STREET}</td><td>{CITY}</td><td>{phone}</td>
logger.info("signed in", user="{PERSON}", tenant="{COMPANY}")
BEGIN:VCARD\nFN:{PERSON}\nORG:{COMPANY}\nEND:VCARD
"""

NOTHING = r"""
Please restart the {noun} service after the upgrade to {novelty} {num}.
Our {adj} {noun} is back in stock. Order before {weekday} and save {num} percent!
Q: How do I export my {noun}? A: Go to Settings, then Data, then Export.
Quarterly {noun} report: revenue up {num}%, churn down {num}%, {noun} costs flat.
The {Adj} {Noun} Act of {year} requires every {noun} to carry a label.
def {verb}_{noun}(self, {noun}: {Type}) -> {Type}:\n    return self.{noun}.get("{novelty}")
Chapter {num}. Of {Word} and {Word}, and why neither lasts
error: expected `{Type}`, found `{Type}` in {noun}.rs:{num}
{WORD} {WORD} {WORD}: what you should know before {month}
{nation} {noun}s are more {adj} than {nation} ones, or so the {language} version says.
#{noun} #{Word} #{word}goals best {weekday} ever!!!
| {Noun} | {Noun} | {acronym} |\n| {num} | {num} | {num} |
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    rng = random.Random(SEED)
    patterns, nothing = lines(PATTERNS), lines(NOTHING)
    foreign = set("äöüßéèêñáíóúçãõåøæşıżęąśł")
    with (options.output / "blind.jsonl").open("w") as out:
        for kind in ("seen", "held_out"):
            filler = Filler(rng, Values(rng, use_held_out=kind == "held_out"))
            for _ in range(COUNT):
                number = rng.randrange(len(patterns))
                is_english = not set(patterns[number]) & foreign and rng.random() < 0.9
                locale = rng.choice(ENGLISH_LOCALES + lists.LATIN) if is_english else rng.choice(sum(BY_LANGUAGE.values(), []))
                text, labels = recased(rng, *filler.fill(patterns[number], locale))
                put(out, f"b{number}", kind, text, labels)
            for _ in range(COUNT):
                text, labels = recased(rng, *filler.fill(rng.choice(nothing), "en_US"))
                put(out, "none", kind, text, labels)


if __name__ == "__main__":
    main()
