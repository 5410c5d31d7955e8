"""Made-up persons, addresses, places and organizations, and things that look like them."""
import re
from functools import cache

from anyascii import anyascii

import lists

TITLES = {
    "en": ["Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Mrs", "Ms", "Miss", "Prof.", "Sir", "Rev.", "Dr", "Professor"],
    "de": ["Herr", "Frau", "Dr.", "Prof. Dr.", "Herrn", "Fr.", "Hr."], "fr": ["M.", "Mme", "Mlle", "Monsieur", "Madame", "Me"],
    "es": ["Sr.", "Sra.", "Don", "Doña", "Srta.", "D.", "Dña."], "it": ["Sig.", "Sig.ra", "Dott.", "Dott.ssa", "Ing.", "Signora"],
    "nl": ["dhr.", "mevr.", "Dhr.", "Mevr.", "mevrouw", "meneer"], "pl": ["pan", "pani", "Pan", "Pani"],
    "pt": ["Sr.", "Sra.", "Dr.", "Dra.", "Dona"], "sv": ["herr", "fru", "Dr."], "da": ["hr.", "fru"], "no": ["herr", "fru"],
    "fi": ["herra", "rouva"], "tr": ["Sayın", "Bay", "Bayan"],
}
COUNTRY_OF = {"en_US": "US", "en_GB": "GB", "en_CA": "CA", "en_AU": "AU", "en_IN": "IN", "en_IE": "IE", "en_NZ": "NZ",
              "en_PK": "PK", "en_KE": "KE", "en_NG": "NG"}
STATES = """AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC""".split()
EN_STREETS = """Oak Maple Main Elm Cedar Pine Park Washington Lake Hill Church High Mill River Sunset Highland Forest
Jefferson Madison Franklin Jackson Lincoln Broadway Chestnut Walnut Spring Ridge Meadow Willow Victoria Station London
Green School North South West East King Queen Market Bridge Castle Albert Grove Orchard College Prospect Central
First Second Third Fourth Fifth 1st 2nd 3rd 4th 5th 8th 12th 21st 42nd 110th""".split()
EN_KINDS = """Street Street Street St St St. Avenue Avenue Ave Ave Ave. Road Road Rd Rd. Boulevard Blvd Blvd. Drive Dr Dr. Lane Ln
Court Ct Place Pl Way Terrace Circle Cir Parkway Pkwy Square Highway Hwy Crescent Close Gardens Row Mews Trail""".split()
STREET_WORDS = {
    "de": ["Haupt", "Bahnhof", "Garten", "Schul", "Berg", "Kirch", "Linden", "Wald", "Ring", "Goethe", "Schiller", "Mozart", "Rosen"],
    "nl": ["Kerk", "Dorps", "School", "Molen", "Julianal", "Wilhelmina", "Beatrix", "Linden", "Eiken", "Haven"],
    "sv": ["Stor", "Drottning", "Kungs", "Skol", "Kyrko", "Järnvägs", "Björk", "Ring"],
    "da": ["Hoved", "Skole", "Kirke", "Øster", "Vester", "Nørre", "Søndre", "Birke"],
    "no": ["Stor", "Kirke", "Skole", "Karl Johans ", "Bjørke", "Solbakk", "Granitt", "Fjord"],
    "fi": ["Koulu", "Kirkko", "Asema", "Mannerheimin", "Puisto", "Koivu", "Kauppa", "Ranta"],
}


# A word that companies have and people have not: otherwise a name of two words may be a person's.
PEOPLE = re.compile(r"^[^ ]+ (and|und|y|e|et|og|og|i|en|&) [^ ]+$")


CHAINS = {}
# How many letters decide on the next one.
ORDER = 3


def spelled_like(names, rng):
    """A name that no list has, made of the letters that follow each other in these names."""
    chain = CHAINS.get(id(names))
    if chain is None:
        chain = CHAINS[id(names)] = {}
        for name in names:
            padded = "\0" * ORDER + name + "\0"
            for at in range(len(name) + 1):
                chain.setdefault(padded[at:at + ORDER], []).append(padded[at + ORDER])
    for _ in range(20):
        text = "\0" * ORDER
        while len(text) < ORDER + 16:
            letter = rng.choice(chain[text[-ORDER:]])
            if letter == "\0":
                break
            text += letter
        made = text[ORDER:].strip()
        if 3 <= len(made) <= 14 and not any(word in lists.known() or word in lists.common() for word in lists.words(made)):
            return made
    return rng.choice(names)


class Values:
    """Draws values for a locale; `hidden` says which names may be used: seen ones, or held-out ones too."""

    def __init__(self, rng, use_held_out=False, made_up=0.0):
        self.rng = rng
        self.made_up = made_up
        self.use_held_out = use_held_out
        for locale in lists.LATIN + lists.TRANSLITERATED:
            if lists.faker(locale):
                lists.faker(locale).seed_instance(rng.getrandbits(32))

    def fits(self, text):
        """Whether a value may be used: without held-out names in training, with one in an evaluation of unseen ones."""
        return lists.has_held_out(text) == self.use_held_out

    def draw(self, make):
        for _ in range(200):
            text = make()
            if text and self.fits(text):
                return text
        return None

    # persons

    def first(self, locale):
        return self.pick_name(pool(locale, 0, self.use_held_out))

    def last(self, locale):
        return self.pick_name(pool(locale, 1, self.use_held_out))

    def pick_name(self, names, made_up=None):
        made_up = self.made_up if made_up is None else made_up
        if made_up and self.rng.random() < made_up:
            return spelled_like(names, self.rng)
        return self.rng.choice(names)

    def full(self, locale):
        if self.rng.random() < 0.06:
            # April Rose, Will Long: names that are words
            return f"{self.rng.choice(worded(0, self.use_held_out))} {self.rng.choice(worded(1, self.use_held_out))}"
        return self.styled_name(self.first(locale), self.last(locale), locale)

    def styled_name(self, first, last, locale):
        r = self.rng.random()
        language = locale[:2]
        if r < 0.62:
            return f"{first} {last}"
        if r < 0.68:
            return f"{first} {self.rng.choice('ABCDEFGHJKLMNPRSTW')}. {last}"
        if r < 0.74:
            return f"{first} {self.first(locale)} {last}"
        if r < 0.80:
            return f"{self.rng.choice(TITLES.get(language, TITLES['en']))} {first} {last}"
        if r < 0.84:
            particle = self.rng.choice(["de ", "van ", "von "]) if language in ("nl", "de") and self.rng.random() < 0.3 else ""
            return f"{first} {particle}{last}-{self.rng.choice(['', particle])}{self.last(locale)}"
        if r < 0.89 and language in ("es", "pt"):
            return f"{first} {last} {self.last(locale)}"
        if r < 0.88 and language in ("nl", "de", "fr", "pt", "es", "it"):
            particle = self.rng.choice({"nl": ["van der", "de", "van", "ten", "van den", "te"], "de": ["von", "zu", "von der"], "fr": ["de", "du", "de la", "Le"], "pt": ["da", "de", "dos"], "es": ["de", "de la", "del"], "it": ["Di", "De", "Della", "di"]}[language])
            return f"{first} {particle} {last}"
        if r < 0.90:
            return f"{first[0]}. {last}"
        if r < 0.93:
            return f"{first}-{self.first(locale)} {last}"
        if r < 0.96:
            return f"{first} {last} {self.rng.choice(['Jr.', 'PhD', 'MD', 'III', 'II', 'Sr.', 'DDS', 'DVM', 'Jr', 'B.Sc.', 'MBA', 'Esq.', 'M.D.', 'Ph.D.'])}" if language == "en" else f"{first} {last}"
        return f"{first} {self.rng.choice('ABCDEFGHJKLMNPRSTW')} {last}"

    def person(self, locale):
        """A person's whole name, as Faker or the lists give it."""
        if self.use_held_out or self.rng.random() < 0.6:
            return self.full(locale)
        made = self.draw(lists.faker(locale).name) if locale in lists.LATIN else None
        return made or self.full(locale)

    def last_first(self, locale):
        return f"{self.last(locale)}, {self.first(locale)}"

    def titled(self, locale):
        return f"{self.rng.choice(TITLES.get(locale[:2], TITLES['en']))} {self.last(locale)}"

    def invented(self, _locale):
        """A name from no list, for what the words around it tell."""
        def part():
            heads = "Ka Mo Ri Sha Te Lu Bra Vo Zi Ny Dro Fe Qua Ha Ju Xi Be Or An El Ur Gri Tso Mbe Olu Adi Chu".split()
            mids = "ra li mon ve ndo sha rri go ba tti ken za lo mi sse do ka vi re".split()
            ends = "n s ra li nko ski dze va sen ez ah us wa yi ng t la ni ".split() + [""]
            return self.rng.choice(heads) + "".join(self.rng.choice(mids) for _ in range(self.rng.randint(0, 2))) + self.rng.choice(ends)
        return f"{part()} {part()}"

    def novelty(self):
        """A word that no dictionary has and that names nobody: a product, a project, a code word."""
        heads = "Zen Vex Nova Kry Flux Omni Pro Quan Syn Tri Velo Xen Aero Bio Cloud Data Eco Fin Geo Hyper Inno Lumi Meta Neo Opti Pix Ro Sol Tek Uni Vi Web".split()
        ends = "tora vix lix sync ly ify bot hub lab flow kit Base Desk a on ex is ium ora ix io eo zy gen dyne scape matic tron core".split()
        word = self.rng.choice(heads) + self.rng.choice(["", "", "ta", "ri", "lo", "ne"]) + self.rng.choice(ends)
        return self.rng.choice([word, word, word, word.lower(), word.upper()])

    # places

    def city(self, locale):
        return self.pick_name(city_pool(locale, self.use_held_out), self.made_up / 2)

    def place(self, locale):
        r = self.rng.random()
        if r < 0.62:
            return self.city(locale)
        if r < 0.74:
            return self.rng.choice(lists.countries())
        if r < 0.82:
            return self.rng.choice(lists.states())
        if r < 0.92:
            return f"{self.city('en_US')}, {self.rng.choice(STATES + lists.states())}"
        return f"{self.city(locale)}, {self.rng.choice(lists.countries())}"

    # organizations

    def company(self, locale):
        language, r = locale[:2], self.rng.random()
        if r < 0.35 and not self.use_held_out and locale in lists.LATIN:
            made = self.draw(lists.faker(locale).company)
            # lists of family names alone look like lists of people
            if made and " " in made and "," not in made and not PEOPLE.search(made):
                return made
        last = self.last(locale)
        suffixes = {"en": ["Inc.", "LLC", "Ltd", "Ltd.", "Corp.", "Corporation", "Group", "& Sons", "Holdings", "PLC", "LLP", "Partners", "Associates", "Co."],
                    "de": ["GmbH", "AG", "KG", "GmbH & Co. KG", "OHG", "e.V.", "UG"], "fr": ["SA", "SARL", "SAS", "et Fils"],
                    "es": ["S.A.", "S.L.", "e Hijos"], "it": ["S.p.A.", "S.r.l.", "SPA", "e figli"], "nl": ["B.V.", "N.V.", "BV"],
                    "pl": ["Sp. z o.o.", "S.A.", "Sp.k."], "pt": ["Ltda.", "S.A.", "Lda"], "sv": ["AB", "HB"], "da": ["A/S", "ApS"],
                    "no": ["AS", "ASA"], "fi": ["Oy", "Oyj"], "tr": ["A.Ş.", "Ltd. Şti."]}.get(language, ["Ltd", "Inc."])
        sector = self.rng.choice("Logistics Consulting Software Systems Foods Energy Pharma Media Bank Insurance Motors Textiles Construction Labs Airlines Security Analytics Capital Medical Shipping Robotics".split())
        suffix = self.rng.choice(suffixes)
        noun = self.rng.choice(lists.nouns()).title()
        if r < 0.5:
            return f"{last} {suffix}"
        if r < 0.65:
            return f"{last} {sector} {suffix}"
        if r < 0.75:
            return f"{noun} {sector} {suffix}"
        if r < 0.80:
            return f"{last} & {self.last(locale)} {suffix}"
        if r < 0.85:
            return f"{last} {sector} {suffix}"
        city = self.city(locale)
        return self.rng.choice([f"University of {city}", f"{city} General Hospital", f"{last} {sector}", f"Bank of {city}",
                                f"St. {self.first(locale)} Hospital", f"{city} City Council", f"{last} Foundation",
                                f"{city} University", f"{last} Institute", f"{city} High School"])

    # addresses

    def address(self, locale):
        """A whole address on several lines."""
        if not self.use_held_out and locale in lists.LATIN and locale not in ("tr_TR", "fr_BE", "en_KE", "en_PK", "en_NG") and self.rng.random() < 0.5:
            made = self.draw(lists.faker(locale).address)
            if made:
                return made
        return self.draw(lambda: self.street(locale) + "\n" + self.town(locale)) or self.street("en_US") + "\n" + self.town("en_US")

    def number(self, most=300):
        n = str(self.rng.choice([self.rng.randint(1, 99), self.rng.randint(1, most)]))
        return n + self.rng.choice(["", "", "", "", "a", "B", "b"])

    def digits(self, n):
        return str(self.rng.randint(1, 9)) + "".join(str(self.rng.randint(0, 9)) for _ in range(n - 1))

    def street(self, locale):
        rng, language = self.rng, locale[:2]
        first, last = self.first(locale), self.last(locale)
        whole = rng.choice([last, f"{first} {last}", first])
        number = self.number()
        if language == "de" or language == "at":
            kind = rng.choice(["straße", "str.", "strasse", "weg", "gasse", "allee", "platz", "ring", "damm", "ufer"])
            stem = rng.choice([rng.choice(STREET_WORDS["de"]), last, first])
            name = rng.choice([stem + kind, stem + kind, whole.replace(" ", "-") + "-" + kind.title(), f"Am {last}berg", f"{stem}er {kind.title()}"])
            return f"{name} {number}"
        if language == "fr":
            kind = rng.choice(["rue", "avenue", "boulevard", "place", "chemin", "impasse", "allée", "quai", "rue de", "rue du", "av.", "bd"])
            return f"{number}{rng.choice(['', ',', ' bis'])} {kind} {whole}"
        if language == "es":
            kind = rng.choice(["Calle", "C/", "Avenida", "Avda.", "Plaza", "Paseo", "Calle de", "Camino", "Ronda", "Carrer de"])
            extra = rng.choice(["", "", f", {rng.randint(1, 9)}º {rng.choice('ABCD')}", f", piso {rng.randint(1, 9)}", f" Puerta {rng.randint(1, 9)}"])
            return f"{kind} {whole}{rng.choice([',', '', ' nº'])} {number}{extra}"
        if language == "it":
            kind = rng.choice(["Via", "Viale", "Piazza", "Corso", "Vicolo", "Largo", "Strada", "via", "Borgo", "Contrada"])
            return f"{kind} {whole}{rng.choice([',', ''])} {number}{rng.choice(['', '', f' Appartamento {rng.randint(1, 99)}', f', int. {rng.randint(1, 20)}'])}"
        if language == "nl":
            kind = rng.choice(["straat", "weg", "laan", "plein", "gracht", "kade", "singel", "dijk", "hof"])
            return f"{rng.choice([rng.choice(STREET_WORDS['nl']), last.split()[-1].title(), first])}{kind} {number}"
        if language == "pl":
            return f"{rng.choice(['ul.', 'al.', 'plac', 'os.', 'ulica', 'aleja', 'ul.'])} {rng.choice([whole, last, 'Polna', 'Leśna', 'Ogrodowa', 'Szkolna', 'Krótka'])} {number}{rng.choice(['', f'/{rng.randint(1, 90)}', f' m. {rng.randint(1, 90)}'])}"
        if language == "pt":
            kind = rng.choice(["Rua", "R.", "Avenida", "Av.", "Travessa", "Praça", "Alameda", "Rodovia"])
            return f"{kind} {whole}{rng.choice([',', ', nº', ' '])} {number}{rng.choice(['', '', f', apto {rng.randint(1, 99)}', f' - {rng.randint(1, 9)}º Esq.'])}"
        if language in ("sv", "da", "no", "fi"):
            kinds = {"sv": ["gatan", "vägen", "gränd", "torget", "stigen"], "da": ["gade", "vej", "alle", "stræde", "torv"],
                     "no": ["gata", "veien", "gate", "vei", "allé"], "fi": ["katu", "tie", "kuja", "polku", "raitti"]}[language]
            stem = rng.choice([rng.choice(STREET_WORDS[language]), last, first])
            return f"{stem}{rng.choice(kinds)} {number}{rng.choice(['', '', f' {rng.choice(chr(65) + chr(66))} {rng.randint(1, 40)}', f', {rng.randint(1, 9)}. tv' if language == 'da' else ''])}"
        if language == "tr":
            return f"{last} {rng.choice(['Mah.', 'Mahallesi'])} {whole} {rng.choice(['Sok.', 'Cad.', 'Sokak', 'Caddesi'])} No: {number}{rng.choice(['', f' D: {rng.randint(1, 30)}', f'/{rng.randint(1, 30)}'])}"
        if locale in ("en_IN", "en_PK"):
            return rng.choice([f"{number}, {last} {rng.choice(['Road', 'Nagar', 'Street', 'Marg', 'Colony', 'Layout'])}",
                               f"Flat {number}, {first} Apartments, {last} {rng.choice(['Road', 'Nagar', 'Street'])}",
                               f"H.No. {number}/{rng.randint(1, 99)}, {last} {rng.choice(['Chowk', 'Path', 'Ganj'])}"])
        if language in ("cs", "sk", "hu", "hr", "ro", "sl", "et", "lv", "lt", "id", "vi"):
            made = self.draw(lists.faker(locale).street_address)
            if made and "\n" not in made:
                return made
        kind, base = rng.choice(EN_KINDS), rng.choice([rng.choice(EN_STREETS), rng.choice(EN_STREETS), last, first, last])
        direction = rng.choice(["", "", "", "", "N ", "S ", "West ", "E. ", "NE "])
        unit = rng.choice(["", "", "", f", Apt {number}", f" Apt. {rng.randint(1, 999)}", f", Suite {rng.randint(1, 999)}", f" #{rng.randint(1, 60)}", f", Unit {rng.choice('ABCD')}", f", Flat {rng.randint(1, 60)}"])
        before = rng.choice(["", "", "", "", f"Flat {rng.randint(1, 99)}, ", f"Apt {rng.randint(1, 99)}{rng.choice('ABC')}, ", f"PO Box {rng.randint(10, 9999)}, "])
        long = str(rng.choice([rng.randint(1, 199), rng.randint(100, 9999), rng.randint(1000, 29999)]))
        return f"{before}{long}{rng.choice(['', '', '', '', 'A', 'b'])} {direction}{base} {kind}{'' if before else unit}"

    def town(self, locale):
        rng, language, city, n = self.rng, locale[:2], self.city(locale), self.digits
        if locale == "en_US" or language not in TITLES:
            state = rng.choice(STATES)
            return rng.choice([f"{city}, {state} {n(5)}", f"{city}, {state} {n(5)}", f"{city} {state} {n(5)}", f"{city}, {rng.choice(lists.states())} {n(5)}", f"{city}, {state} {n(5)}-{n(4)}", f"{city}, {state}"])
        if locale in ("en_GB", "en_IE", "en_NZ"):
            letter = lambda: rng.choice("ABDEFGHJLNPQRSTUWXYZ")  # noqa: E731
            code = f"{letter()}{rng.choice([letter(), ''])}{rng.randint(1, 29)} {rng.randint(1, 9)}{letter()}{letter()}"
            return rng.choice([f"{city}\n{code}", f"{city} {code}", f"{city}, {code}"])
        if locale in ("en_IN", "en_PK"):
            return rng.choice([f"{city} {n(6)}", f"{city}-{n(6)}", f"{city} - {n(6)}, India", f"{city}, {n(6)}"])
        if locale in ("en_CA", "fr_CA"):
            return f"{city}, {rng.choice(['ON', 'QC', 'BC', 'AB', 'NS'])} {rng.choice('KMHVT')}{rng.randint(1, 9)}{rng.choice('ABCE')} {rng.randint(1, 9)}{rng.choice('ABCE')}{rng.randint(1, 9)}"
        if locale == "en_AU":
            return f"{city} {rng.choice(['NSW', 'VIC', 'QLD', 'WA'])} {n(4)}"
        if language in ("nl",):
            return f"{n(4)}{rng.choice(['', ' '])}{rng.choice('ABCDEX')}{rng.choice('ABCDEXZ')}{rng.choice([' ', chr(10)])}{city}" if locale == "nl_NL" else f"{n(4)} {city}"
        if language == "pl":
            return f"{n(2)}-{n(3)} {city}"
        if language == "pt":
            return rng.choice([f"{city} - {rng.choice(['SP', 'RJ', 'MG', 'BA'])}, {n(5)}-{n(3)}", f"{n(5)}-{n(3)} {city}", f"{n(4)}-{n(3)} {city}"])
        if language == "sv":
            return f"{n(3)} {n(2)} {city}"
        if language in ("da", "no"):
            return f"{n(4)} {city}{rng.choice(['', '', ' K', ' Ø']) if language == 'da' else ''}"
        if language == "it":
            return rng.choice([f"{n(5)}, {city} ({rng.choice(['MI', 'RM', 'TO', 'NA', 'BG'])})", f"{n(5)} {city}", f"{n(5)} {city} ({rng.choice(['MI', 'RM', 'TO', 'NA', 'BG'])})"])
        if language == "es":
            return rng.choice([f"{n(5)} {city}", f"{city}, {n(5)}", f"{n(5)}, {city}"])
        if language == "tr":
            return rng.choice([f"{n(5)} {city}", f"{city}", f"{city}/İstanbul", f"{n(5)} {city}/{self.city(locale)}"])
        return f"{n(5)} {city}"


@cache
def pool(locale, which, use_held_out):
    """Names of a locale that may be used; the most common census names join in for the United States."""
    names = [name for name in lists.people(locale)[which] if len(name) > 1 and name[0].isalpha()]
    if locale == "en_US" and which == 1:
        names = names + [name.title() for name in lists.census("dist.all.last")[:8000]]
    if locale == "en_US" and which == 0:
        names = names + [name.title() for file in ("dist.male.first", "dist.female.first") for name in lists.census(file)[:1200]]
    names = [name[0].upper() + name[1:] for name in names]
    if use_held_out:
        kept = [name for name in names if lists.has_held_out(name)]
        return tuple(kept) or pool("en_US", which, True)
    return tuple(name for name in names if not lists.has_held_out(name)) or pool("en_US", which, False)


MONTH_NAMES = ("April", "May", "June", "August", "Augusta", "Julia", "Summer", "Autumn", "Dawn", "Tuesday")


@cache
def worded(which, use_held_out):
    """Names that are common words too, or months."""
    found = [name for name in pool("en_US", which, use_held_out) if name.lower() in lists.common()]
    return tuple(found) + MONTH_NAMES[:4] if which == 0 else tuple(found) or pool("en_US", which, use_held_out)


@cache
def city_pool(locale, use_held_out):
    country = COUNTRY_OF.get(locale, locale[3:])
    found = [name for name, code, _ in lists.cities() if code == country] or [name for name, code, _ in lists.cities() if code == "US"]
    kept = [name for name in found if lists.has_held_out(name) == use_held_out]
    return tuple(kept) or tuple(found)


def plain(text):
    """A text in ASCII letters."""
    return anyascii(text)
