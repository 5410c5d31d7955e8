#!/usr/bin/env python3
"""Writes texts in another style than the training data, to calibrate on and to evaluate with.

    other_style.py OUTPUT --django FOLDER

calibrate.jsonl and evaluate.jsonl share no pattern with each other nor with the training data. Each line tells by
`names` whether its names are `seen` or `held_out` ones, which no training text and no gazetteer has.
"""
import argparse
import json
import random
from pathlib import Path

import lists
import negatives
from fill import Filler
from generate import BY_LANGUAGE, ENGLISH_LOCALES, lines
from values import Values

SEED = 404

# Letters, tickets, notes, transcripts, records, posts: whole texts rather than sentences.
PATTERNS = r"""
Ticket {id} opened {date}\nRequester: {PERSON}\nSite: {ADDRESS}\n\nThe {noun} on the second floor stopped working after the storm. {FIRST} from facilities already had a look.
Hey both, quick one: {FIRST} can't make it on {weekday}, so I asked {PERSON} to step in. Shout if that's a problem. Ta, {FIRST}
CALL TRANSCRIPT\nAGENT: Thank you for calling, you're through to {FIRST}. Who am I speaking with?\nCALLER: {PERSON}.\nAGENT: And the first line of your address?\nCALLER: {STREET}.\nAGENT: Lovely, how can I help?
The deceased, {PERSON}, late of {ADDRESS}, leaves everything to his niece {PERSON}.
Saw {PERSON} in clinic today with mum {FIRST}. Settled, eating well. Plan: review in {num} weeks. Cc: {TITLED}.
Invoice to\n{COMPANY}\nc/o {PERSON}\n{ADDRESS}\n\nFor: {noun} hire, {month} {year}. Total due {money}.
"Honestly it's the best {noun} I've had," laughs {FIRST}, {num}, who left {CITY} three years ago to open a bakery in {CITY}.
We regret to inform you that the application submitted by {PERSON} on {date} has been declined.
{PERSON} of {COMPANY} could not be reached for comment on {weekday}.
employee_name={PERSON}; office={CITY}; start={date}; manager={PERSON}
dropped the kids at {FIRST}'s, then off to {CITY} for the weekend with {FIRST} and the dog
my landlord {PERSON} refuses to give back the deposit for {STREET}, can he do that?
Does anybody know a good plumber around {CITY}? Ours, {PERSON}, retired.
Parcel for {PERSON} left with neighbour at {STREET}. Signed {LAST}.
So {FIRST} goes, "no way", and {FIRST} just stares at her.
Minutes of the board\n1. Apologies: {PERSON}, {PERSON}\n2. {PERSON} presented the {noun} budget.\n3. AOB: none
Hiya, it's about the booking under {LAST}, two nights from {date}.
Witness statement of {PERSON}\nI am a {role} and live at {ADDRESS}. On {date} at about {time} I saw a {adj} van.
Wanted to introduce you to {PERSON}, who runs {noun} operations for {COMPANY} out of {CITY}. {FIRST}, meet {FIRST}.
Between {PERSON} ("Landlord") and {PERSON} ("Tenant") for the premises known as {ADDRESS}
Thx for the help earlier!! {FIRST}
yo {FIRST} u up
pls tell {FIRST} her {noun} is ready for pickup
the receipt says {COMPANY} but i never bought anything from them
Guest: {PERSON}\nArrival {date}\nHome address: {ADDRESS}\nCar reg: {id}
Prescribed by {TITLED} on {date}; dispensed to {PERSON}, {STREET}.
Notes from {FIRST} <{email}>: spoke to {FIRST}, all fine.
Born in {CITY} in {year}, {PERSON} trained as a {role} before joining {COMPANY}.
Our next stop was {CITY}, then a night train to {CITY}, and finally three days in {PLACE}.
Prices in {CITY} rose faster than in {CITY}, the bank said on {weekday}.
The {noun} was made in {PLACE} and sold to {COMPANY} for {money}.
Forwarding address from {date}: {ADDRESS}. Please update records for {PERSON} and {PERSON}.
Hola equipo, {PERSON} no podrá venir el {date}; la reemplaza {FIRST}.
Guten Morgen, bitte den Termin von {PERSON} auf {date} verschieben, sie wohnt jetzt in {ADDRESS}.
Bonsoir, c'est {PERSON}, je vous écris au sujet du logement situé {ADDRESS}.
Buonasera, sono {PERSON}; il tecnico può venire in {ADDRESS} dopo le {time}?
Goedemiddag, de monteur komt bij {PERSON}, {ADDRESS}, tussen {time} en {time}.
Szanowni Państwo, {PERSON} zgłasza reklamację, adres odbioru: {ADDRESS}.
Boa tarde, aqui é {PERSON}, gostaria de cancelar a entrega em {ADDRESS}.
God morgon, {PERSON} ringde och undrar om paketet till {ADDRESS}.
Goddag, {PERSON} har skiftet adresse til {ADDRESS} pr. {date}.
God dag, {PERSON} ønsker levering til {ADDRESS} i stedet.
Hyvää päivää, {PERSON} pyytää siirtämään toimituksen osoitteeseen {ADDRESS}.
İyi günler, {PERSON} adına sipariş verildi, kargo adresi {ADDRESS}.
to whom it may concern, i, {PERSON}, residing at {ADDRESS}, hereby revoke my consent
{PERSON} ⭐⭐⭐⭐ "{adj} {noun}, friendly staff" — visited {month} {year}
Passenger list\n{LASTFIRST}\n{LASTFIRST}\n{LASTFIRST}
I swear {FIRST} and {FIRST} are the worst roommates in all of {CITY}
What did {PERSON} say about the {noun}? I only caught half of it.
Interviewer: So, {FIRST}, why {COMPANY}?\nCandidate: I grew up near {CITY} and always wanted to work there.
Delivery instructions: leave with {PERSON} at number {num}, otherwise depot.
Hello, I would like a copy of the birth certificate of {PERSON}, born {date} at {CITY}.
{date}: {FIRST} phoned. {FIRST} to ring back. Wants the {noun} sent to {STREET}, {CITY}.
The plaintiff resides at {ADDRESS}; the defendant, {PERSON}, at {ADDRESS}.
RSVP to {FIRST} ({phone}) by {date}
Scholarship awarded to {PERSON} ({COMPANY}) and {PERSON} ({COMPANY})
{PERSON}, aged {num}, was last seen near {STREET} wearing a {adj} coat.
{"lead": {"contact": "{PERSON}", "employer": "{COMPANY}", "mailing": "{ADDRESS}", "score": {num}}}
INSERT INTO people VALUES ({num}, '{FIRST}', '{LAST}', '{CITY}', '{email}');
{num}|{LAST}|{FIRST}|{STREET}|{CITY}|{phone}
"""

NOTHING = r"""
The committee agreed that every {noun} should be {adj} before the end of {month}.
Reminder: the {noun} drill is on {weekday} at {time}. Use the stairs, not the lift.
lol same here, my {noun} died again
Compile with --release, then run the {noun} suite; it takes about {num} s on {num} cores.
SELECT count(*) FROM {noun}s GROUP BY {noun} HAVING count(*) > {num}
PAYMENT OVERDUE. FINAL NOTICE. {NOUN} {NOUN} WILL BE CUT OFF
A train leaves at {time} going {num} km/h. After {num} minutes it has passed {num} {noun}s.
| Plan | Seats | Price |\n| Starter | {num} | {money} |\n| Growth | {num} | {money} |
{time}:{num} DEBUG [{noun}-worker-{num}] Retry {num} of {num}: {Noun}TimeoutException
What's New in Version {num}: Dark Mode, Offline Maps, Faster Search
The {Adj} {Noun} by the sea is {adj} in winter, said no one ever.
Boil the {noun}s for {num} minutes, drain, add butter and a pinch of salt.
Would you rather have a {adj} {noun} or a {adj} {noun}? Asking for a friend.
{brand} vs {brand}: which {noun} is right for you in {year}?
const { {noun}, {noun} } = await fetch{Noun}({num}); // {verb} later
"""


def write(path, patterns, nothing, sources, seed, count):
    rng = random.Random(seed)
    with path.open("w") as out:
        for kind in ("seen", "held_out"):
            filler = Filler(rng, Values(rng, use_held_out=kind == "held_out"))
            for _ in range(count):
                number = rng.randrange(len(patterns))
                english = not set(patterns[number]) & set("ñéàêçöøåäıİşłęóü") and rng.random() < 0.9
                locale = rng.choice(ENGLISH_LOCALES + lists.LATIN) if english else rng.choice(sum(BY_LANGUAGE.values(), []))
                text, labels = filler.fill(patterns[number], locale)
                r = rng.random()
                cased = text.lower() if r < 0.1 else text.upper() if r < 0.15 else text
                text = cased if len(cased) == len(text) else text
                put(out, f"p{number}", kind, text, labels)
            for _ in range(2 * count):
                text = filler.fill(rng.choice(nothing), "en_US")[0] if rng.random() < 0.4 else rng.choice(sources[rng.choice(sorted(sources))])
                put(out, "none", kind, text, [])


def logs_and_tables(path, rng):
    """Lines of logs and tables of numbers, one text for each hundred lines."""
    levels, parts = ["INFO", "WARN", "DEBUG", "ERROR"], "cache pool queue http store worker index shard lease seal".split()

    def line():
        n = rng.randrange
        return rng.choice([
            lambda: f"{n(2000, 2030)}-{n(1, 13):02}-{n(1, 29):02}T{n(24):02}:{n(60):02}:{n(60):02}.{n(1000):03}Z {rng.choice(levels)} [{rng.choice(parts)}-{n(64)}] {rng.choice(parts)} took {n(9000)} ms, retry={n(5)}",
            lambda: f"{n(1, 255)}.{n(256)}.{n(256)}.{n(1, 255)} - - [{n(1, 29):02}/Mar/2026:{n(24):02}:{n(60):02}:{n(60):02} +0000] \"GET /{rng.choice(parts)}/{n(10**6)} HTTP/1.1\" {rng.choice([200, 301, 404, 500])} {n(10**6)}",
            lambda: f"kernel: [{n(10**6)}.{n(10**6)}] {rng.choice(parts)}{n(9)}: link up, {n(10000)} Mbps, full duplex",
            lambda: " ".join(str(n(10**rng.randrange(1, 8))) for _ in range(n(3, 12))),
            lambda: ",".join(f"{rng.random() * 10**n(1, 5):.3f}" for _ in range(n(3, 12))),
            lambda: "| " + " | ".join(str(n(10**6)) for _ in range(6)) + " |"])()

    with path.open("w") as out:
        for _ in range(400):
            put(out, "none", "none", "\n".join(line() for _ in range(100)), [])


def put(out, pattern, names, text, labels):
    pii = [{"start": start, "end": end, "type": kind} for start, end, kind in labels]
    out.write(json.dumps({"template": pattern, "names": names, "text": text, "pii": pii}, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--django", type=Path, required=True)
    options = parser.parse_args()
    # release notes, which the training data leaves out where they are old
    prose = [text for path in sorted(options.django.glob("docs/releases/1.*.txt")) for text in negatives.paragraphs(path.read_text())]
    code = [text for path in sorted(options.django.glob("tests/m*/*.py")) for text in negatives.paragraphs(path.read_text())]
    patterns, nothing = lines(PATTERNS), lines(NOTHING)
    for which, name in enumerate(("calibrate.jsonl", "evaluate.jsonl")):
        half = {"prose": prose[which::2], "code": code[which::2]}
        write(options.output / name, patterns[which::2], nothing[which::2], half, SEED + which, 6000)
    logs_and_tables(options.output / "logs-and-tables.jsonl", random.Random(SEED))


if __name__ == "__main__":
    main()
