"""Texts without names, from packages: prose, code, and messages in many languages."""
import re
import unicodedata

import lists

# Lines that tell of people, and may name them.
PEOPLE = re.compile(r"©|copyright|author|thank|contribut|maintain|translat|credit|@|^\s*[*-] [A-Z]\w+ [A-Z]\w+$|\b(Mr|Mrs|Dr|Prof)\b", re.I)
PAIR = re.compile(r"\b([A-Z][a-z]+) ([A-Z][a-z]+)\b")
CAPITAL = re.compile(r"\b[A-Z][a-z]{2,}\b")
LANGUAGES = "de fr es it nl pl pt pt_BR sv da nb fi tr cs hu ro en_GB es_MX id".split()


def names_somebody(line):
    """Whether a line may name a person or a place, as far as lists can tell."""
    if PEOPLE.search(line):
        return True
    common, known = lists.common(), lists.known()
    for first, last in PAIR.findall(line):
        kinds = known.get(first.lower(), set()) | known.get(last.lower(), set())
        if {"first", "last"} & kinds and not (first.lower() in common and last.lower() in common):
            return True
    for word in CAPITAL.findall(line):
        kinds = known.get(word.lower(), set())
        if {"first", "city"} & kinds and word.lower() not in common:
            return True
    return False


def paragraphs(text, longest=600):
    for block in re.split(r"\n\s*\n", text):
        block = block.strip("\n")
        if 20 < len(block) <= longest and not any(names_somebody(line) for line in block.splitlines()):
            yield block


def django(root):
    """Prose of the documentation, source code, and messages in many languages."""
    found = {"prose": [], "code": [], "messages": []}
    for path in sorted(root.glob("docs/**/*.txt")):
        if "releases" in path.parts and not path.name.startswith(("4", "5", "3")):
            continue
        found["prose"] += paragraphs(path.read_text())
    for pattern in ("django/**/*.py", "tests/*_tests/*.py", "js_tests/**/*.js", "django/contrib/admin/static/**/*.js", "django/**/*.html", "django/**/*.css"):
        for path in sorted(root.glob(pattern)):
            if "min." not in path.name and "locale" not in path.parts and "vendor" not in path.parts:
                found["code"] += paragraphs(path.read_text(errors="replace"))
    for language in LANGUAGES:
        for path in sorted(root.glob(f"django/**/locale/{language}/LC_MESSAGES/*.po")):
            if "gis" in path.parts or "flavor" in str(path):
                continue
            for message in re.findall(r'^msgstr(?:\[\d\])? "(.+)"$', path.read_text(), re.M):
                message = message.replace('\\n', " ").replace('\\"', '"')
                if len(message) > 8 and not PEOPLE.search(message):
                    found["messages"].append(message)
    return found


def chats(root):
    """Questions and answers in many languages."""
    found = []
    for language in "english german french spanish italian dutch portuguese swedish turkish indonesian hinglish".split():
        for path in sorted(root.glob(f"data/{language}/*.yml")):
            for line in path.read_text(errors="replace").splitlines():
                text = line.lstrip(" -").strip().strip("'\"")
                if len(text) > 8 and not text.endswith(":") and not names_somebody(text[1:]):
                    found.append(text)
    return found


def python(roots):
    """Source code and its comments."""
    found = []
    for root in roots:
        for path in sorted(root.glob("**/*.py")):
            if "locale" not in path.parts and "search" not in path.parts:
                found += paragraphs(path.read_text(errors="replace"))
    return found


def characters(rng, count):
    """Names of characters, which are all capitals and often look like people's."""
    found = []
    for _ in range(count):
        code, names = rng.randrange(0x20, 0x3000), []
        for at in range(code, code + rng.randint(1, 6)):
            name = unicodedata.name(chr(at), "")
            names.append(rng.choice(["0x{0:04x}: 0x{0:04x},     #  {1}", "'\\u{0:04x}'   #  0x{0:02X} -> {1}", "U+{0:04X} {1}", "{1}"]).format(at, name))
        found.append("\n".join(names))
    return found


def crates(root):
    """Source code and its comments."""
    found = []
    for path in sorted(root.glob("*/src/**/*.rs")):
        if path.relative_to(root).parts[0] in ("chrono", "clap_builder", "regex-automata", "tokio") and "tables" not in str(path):
            found += paragraphs(path.read_text())
    return found


def salad(rng, count):
    """Sentences of random words of a language: what begins a sentence is no name for that."""
    found = []
    locales = [locale for locale in lists.LATIN if lists.provider(locale, "lorem") is not None
               and type(lists.provider(locale, "lorem")).__module__.split(".")[-1] == locale]
    for _ in range(count):
        made = lists.faker(rng.choice(locales))
        made.seed_instance(rng.getrandbits(32))
        text = made.paragraph() if rng.random() < 0.4 else made.sentence()
        found.append(text)
    return found
