#!/usr/bin/env python3
"""Writes the training data: train.jsonl and gazetteer.tsv.

    generate.py OUTPUT --django FOLDER --chats FOLDER --crates FOLDER --python FOLDER... [--count N]

A line of the JSONL files is {"text", "pii": [{"start", "end", "type"}]}, offsets in code points. Equal packages and an
equal seed give equal bytes.
"""
import argparse
import json
import random
from pathlib import Path

import dictionary
import lists
import negatives
import rows
import talk
import templates
from fill import Filler, recased
from values import Values

SEED = 20261122
# How many first and last names are made up, so that form and place tell what a name is, and not a list alone.
MADE_UP = 0.12
ENGLISH_LOCALES = ["en_US"] * 10 + ["en_GB"] * 4 + ["en_IN"] * 3 + ["en_CA", "en_AU", "en_IE", "en_NZ", "en_PK", "en_KE", "en_NG"]
BY_LANGUAGE = {"de": ["de_DE", "de_DE", "de_AT", "de_CH"], "fr": ["fr_FR", "fr_FR", "fr_BE", "fr_CA"], "es": ["es_ES", "es_ES", "es_MX", "es_CO", "es_AR"],
               "it": ["it_IT"], "nl": ["nl_NL", "nl_NL", "nl_BE"], "pl": ["pl_PL"], "pt": ["pt_BR", "pt_PT"], "sv": ["sv_SE"],
               "da": ["da_DK"], "no": ["no_NO"], "fi": ["fi_FI"], "tr": ["tr_TR"]}


def lines(text):
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in text.strip().splitlines()]


# What is woven into texts, most often persons by one name or two.
WOVEN = ["{PERSON}"] * 6 + ["{FIRST}"] * 8 + ["{LAST}"] * 2 + ["{FIRST}'s", "{FIRST},", "{PERSON},", "{PERSON}.", "{FIRST}:", "({PERSON})", '"{PERSON}"',
         "'{FIRST}'", "'{LAST}'", "'{FIRST}', '{LAST}'", "{FIRST} and {FIRST}", "{PERSON} and {PERSON}", "with {PERSON}", "{TITLED}", "{TITLED},", "{LASTFIRST}", "{FIRST} {LAST}'s",
         "{FIRST}, {FIRST} and {FIRST}", "for {PERSON}", "by {FIRST}", "{PERSON} ({PERSON})", "{PERSON}\n", "{FIRST}!", "{FIRST}?", "{PERSON};"] + [
         "in {CITY}", "from {CITY}", "{CITY}", "{CITY},", "in {PLACE}", "near {CITY}", "{CITY} and {CITY}", "to {CITY}", "{PLACE}", "({CITY})", "'{CITY}'", "{CITY}.", "{CITY}, {CITY} and {CITY}"] + [
         "at {ADDRESS}", "{ADDRESS}", "{ADDRESS},", "at {STREET}", "{STREET},", "({ADDRESS})", '"{ADDRESS}"', "{STREET}", "\n{ADDRESS}\n", "\n{PERSON}\n{ADDRESS}\n", "{PERSON}, {ADDRESS},", "{PERSON}, {STREET}"] + [
         # a word that begins with a capital, and then a name: two, not one
         "{Word} {FIRST}", "{Word} {FIRST},", "{Word} {FIRST}", "{Word} {PERSON}", "{Word}, {FIRST}", "{Word}: {FIRST}", "{WORD} {FIRST}", "{role} {FIRST}", "{word} {FIRST}",
         "{word} {LAST}", "{CITY}. {FIRST}", "{CITY}, {PERSON}", "{FIRST}. {FIRST}", "{PERSON}. {PERSON}", "{COMPANY}. {FIRST}"] + [
         "{COMPANY}", "{COMPANY},", "at {COMPANY}", "for {COMPANY}", "{COMPANY}'s", "{COMPANY}.", "({COMPANY})", "{PERSON} of {COMPANY}", "{PERSON} ({COMPANY})"]

# What is woven into texts and names nobody: words with a capital where none begins.
DISTRACTORS = ["{Word}"] * 6 + ["{Word} {Word}"] * 4 + ["({Word})", '"{Word}"', "'{Word}'", '("{Word}")', "{Word},", "{Word}.", "{Word}:", "{Word}!", "the {Word}", "a {Word}", "in {Word}", "at {Word}",
               "from {Word}", "to the {Word} {Word}", "{Word} and {Word}", "{Word}, {Word} and {Word}", "{Word}'s", "for {Word}", "with {Word}", "by {Word}", "near {Word}", "{Word} {Word} {Word}",
               "{word}", "{word} {word}", "{WORD}", "{WORD} {WORD}", "{brand}", "{brand},", "{novelty}", "{novelty},", "{novelty} {num}", "with {novelty}", "in {novelty}", "{product}", "{Word} {num}",
               "{nation}", "{nation} {word}", "{language}", "{weekday}", "{month}", "{acronym}", "({acronym})", "{Word} {acronym}", "{date}", "{role}", "{Word} {role}", "{num} {unit}"]
ANYONE = sum(BY_LANGUAGE.values(), ENGLISH_LOCALES + lists.LATIN + lists.TRANSLITERATED)


class Composer:
    """Makes texts of one to six sentences, with and without entities."""

    def __init__(self, seed, sources, words):
        self.rng = random.Random(seed)
        self.values = Values(self.rng, made_up=MADE_UP)
        self.filler = Filler(self.rng, self.values, words)
        self.english = lines(templates.ENGLISH)
        self.others = {language: lines(text) for language, text in templates.OTHERS.items()}
        self.nothing = lines(templates.NOTHING)
        self.sources = sources
        self.weights = {"prose": 3, "code": 3, "messages": 3, "chats": 3, "crates": 9, "salad": 3, "python": 11, "characters": 0.3}

    def anyone(self):
        """A locale; people of all nations write and are written about."""
        return self.rng.choice(ANYONE)

    def sentence(self):
        rng, r = self.rng, self.rng.random()
        if r < 0.66:
            # people of all nations write English
            locale = rng.choice(ENGLISH_LOCALES) if rng.random() < 0.55 else self.anyone()
            return self.filler.fill(talk.sentence(rng) if rng.random() < 0.6 else rng.choice(self.english), locale)
        language = rng.choice(sorted(self.others))
        pattern = talk.abroad(rng, language) if rng.random() < 0.5 else rng.choice(self.others[language])
        return self.filler.fill(pattern, rng.choice(BY_LANGUAGE[language]))

    def without(self):
        rng = self.rng
        if rng.random() < 0.55:
            return self.filler.fill(rng.choice(self.nothing), "en_US")[0]
        return rng.choice(self.sources[rng.choice(["chats", "chats", "prose", "messages", "salad"])])

    def woven(self, share=0.7):
        """Entities at any place in a text that had none: what a name is must not hang on few sentences; among them
        words that look alike."""
        rng = self.rng
        text = rng.choice(self.sources[rng.choice(["chats", "chats", "prose", "messages", "salad", "salad"])])
        words, labels, length, parts = text.split(" ")[:60], [], 0, []
        places = {rng.randrange(len(words) + 1) for _ in range(rng.choice([1, 1, 2, 3]))}
        for at, word in enumerate(words + [""]):
            if at in places:
                inserted, found = self.filler.fill(rng.choice(WOVEN if rng.random() < share else DISTRACTORS), self.anyone())
                labels += [[start + length, end + length, label] for start, end, label in found]
                parts.append(inserted)
                length += len(inserted) + 1
                if rng.random() < 0.5:
                    continue
            parts.append(word)
            length += len(word) + 1
        return " ".join(parts), labels

    def text(self):
        """A text with entities."""
        r = self.rng.random()
        if r < 0.10:
            return recased(self.rng, *rows.table(self.rng, self.filler, self.anyone(), with_persons=True))
        if r < 0.40:
            return recased(self.rng, *self.woven())
        rng, parts, labels, length = self.rng, [], [], 0
        separator = rng.choice([" ", " ", " ", "\n", "\n", "\n\n"])
        for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
            text, found = self.sentence() if not parts or rng.random() < 0.6 else (self.without(), [])
            if rng.random() < 0.3 and not parts:
                text, found = self.without(), []
            labels += [[start + length, end + length, label] for start, end, label in found]
            parts.append(text)
            length += len(text) + len(separator)
        return recased(rng, separator.join(parts), labels)

    def nothing_text(self):
        rng = self.rng
        r = rng.random()
        if r < 0.12:
            return recased(rng, *self.woven(share=0.0))
        if r < 0.18:
            return recased(rng, *rows.table(rng, self.filler, self.anyone(), with_persons=False))
        if rng.random() < 0.35:
            text = rng.choice([" ", "\n"]).join(self.without() for _ in range(rng.randint(1, 5)))
        else:
            kind = rng.choices(list(self.weights), list(self.weights.values()))[0]
            text = rng.choice(self.sources[kind])
        return recased(rng, text, [])


def write(path, composer, count, share_of_nothing):
    with path.open("w") as out:
        for _ in range(count):
            text, labels = composer.nothing_text() if composer.rng.random() < share_of_nothing else composer.text()
            pii = [{"start": start, "end": end, "type": kind} for start, end, kind in labels]
            out.write(json.dumps({"text": text, "pii": pii}, ensure_ascii=False) + "\n")


STREET_WORDS = """street st avenue ave road rd boulevard blvd drive lane ln court ct place pl terrace circle cir parkway pkwy
square highway hwy crescent gardens mews trail apt suite unit flat rue chemin impasse allée quai bd av calle avenida avda plaza paseo camino
ronda carrer via viale piazza corso vicolo largo strada borgo contrada ul al os plac ulica aleja rua travessa praça alameda rodovia
mah mahallesi sok sokak cad caddesi marg nagar colony layout chowk straße strasse str weg platz gasse glorieta urbanización
alameda rambla cuesta canale rotonda incrocio appartamento piso puerta apartamento box jl gang jalan đường studio ulice utca""".split()
STREET_ENDS = "straße strasse str weg gasse allee platz ring damm ufer straat laan plein gracht kade singel dijk hof gatan vägen gränd torget stigen gade vej stræde torv gata veien gate katu tie kuja polku raitti väylä".split()
COMPANY_WORDS = "inc llc ltd corp corporation group holdings plc llp associates gmbh ag kg ohg sarl sas spa srl nv bv oy oyj ab as asa aps co company limited ltda lda university hospital bank institute foundation council e.v".split()
TITLE_WORDS = "mr mrs ms miss dr prof sir rev madam professor herr herrn frau monsieur madame mme mlle sr sra srta don doña dña sig signora signor dott dottssa ing dhr mevr mevrouw meneer pan pani bay bayan sayın hr fru fr mag dipl".split()


def gazetteer(path, words, with_held_out):
    """word, kinds: names, words of streets, companies and titles, and words of dictionaries."""
    table = {}
    for word, kinds in lists.known().items():
        if with_held_out or not lists.is_held_out(word):
            table.setdefault(word, set()).update(kinds)
    for kind, all_words in (("street", STREET_WORDS), ("company", COMPANY_WORDS), ("title", TITLE_WORDS), ("common", lists.common()),
                            ("word", words)):
        for word in all_words:
            table.setdefault(word, set()).add(kind)
    for name in lists.countries() + lists.states():
        for word in lists.words(name):
            if len(word) > 2 and word not in lists.common():
                table.setdefault(word, set()).add("region")
    with path.open("w") as out:
        for word in sorted(table):
            out.write(f"{word}\t{','.join(sorted(table[word]))}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--django", type=Path, required=True)
    parser.add_argument("--chats", type=Path, required=True)
    parser.add_argument("--crates", type=Path, required=True)
    parser.add_argument("--python", type=Path, action="append", required=True)
    parser.add_argument("--english", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400_000)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    sources = negatives.django(options.django) | {"chats": negatives.chats(options.chats), "crates": negatives.crates(options.crates),
                                                  "salad": negatives.salad(random.Random(SEED), 20_000),
                                                  "python": negatives.python(options.python), "characters": negatives.characters(random.Random(SEED), 1000)}
    print({kind: (len(texts), sum(map(len, texts))) for kind, texts in sources.items()})
    write(options.output / "train.jsonl", Composer(SEED, sources, dictionary.english(options.english)), options.count, 0.5)
    about_programs = [text for kind in ("prose", "code", "crates", "python") for text in sources[kind]]
    words = dictionary.words(options.english, options.django, about_programs)
    gazetteer(options.output / "gazetteer.tsv", words, with_held_out=False)
    gazetteer(options.output / "gazetteer-shipped.tsv", words, with_held_out=True)


if __name__ == "__main__":
    main()
