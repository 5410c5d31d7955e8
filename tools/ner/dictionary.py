"""Words in use that are no names by themselves: what a capital at the beginning of a sentence hides, and lower case too.

English: the words of a game that has no proper names (`an-array-of-english-words`) that a count of subtitles has too
(`pyspellchecker`). French, Italian and Spanish: that count, from which its makers took the names. Dutch, German and
Portuguese: its most common words, apart from those that are names in other places. All languages of Latin letters: the
words that sentences are held together by (`stopwordsiso`), and those that translations of Django write in lower case. And
the words of programs and of texts about them.
"""
import gzip
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import spellchecker
import stopwordsiso

import lists

# How many words of a language are taken, the most common first.
MOST = {"en": 90_000, "fr": 25_000, "it": 25_000, "es": 25_000, "de": 15_000, "nl": 15_000, "pt": 15_000}
# Languages whose count has names among the words.
WITH_NAMES = ("de", "nl", "pt")
# How often texts about programs must use a word.
LEAST = 5
# Letters of Latin scripts.
LATIN = re.compile("[a-z\u00df-\u024f\u1e00-\u1eff]+")


def counted(language):
    """The words of a language, the most common first."""
    path = Path(spellchecker.__file__).parent / "resources" / f"{language}.json.gz"
    counts = json.loads(gzip.decompress(path.read_bytes()))
    return sorted(counts, key=lambda word: (-counts[word], word))


@cache
def english(file):
    """English words, the most common first; `file` is that of the package of English words."""
    game = set(json.loads(Path(file).read_text()))
    return tuple(word for word in counted("en") if word in game)[:MOST["en"]]


def translated(django):
    """The words that Django's translations write in lower case."""
    found = set()
    for path in sorted(Path(django).glob("django/**/locale/*/LC_MESSAGES/*.po")):
        for message in re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.+)"$', path.read_text(), re.M):
            message = re.sub(r"%\(\w+\)[sd]|<[^>]*>|\\n", " ", message)
            found |= {word for word in re.findall(r"\b[^\W\d_]{2,}\b", message) if word.islower()}
    return found


def of_programs(texts):
    """The words that texts about programs write in lower case, several times."""
    counts = Counter(word for text in texts for word in re.findall(r"\b[a-z]{2,}\b", text))
    return {word for word, count in counts.items() if count >= LEAST}


def words(file, django, texts):
    """All words; `file` is that of the package of English words, `django` the folder of its sources, `texts` are those
    about programs."""
    found = set(english(file)) | translated(django) | of_programs(texts)
    for language, most in MOST.items():
        taken = () if language == "en" else counted(language)
        if language in WITH_NAMES:
            taken = [word for word in taken if word not in lists.known()]
        found |= set(taken[:most])
    for language in stopwordsiso.langs():
        found |= stopwordsiso.stopwords(language)
    return {word for word in found if len(word) > 1 and word.isalpha() and word == word.lower() and LATIN.fullmatch(word)}
