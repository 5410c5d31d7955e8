"""Fills patterns: entities with labels, everything else without."""
import re

import lists
from values import plain

LABELS = {"PERSON": "person", "FIRST": "person", "LAST": "person", "TITLED": "person", "LASTFIRST": "person",
          "ADDRESS": "address", "STREET": "address", "PLACE": "location", "CITY": "location", "COMPANY": "organization"}
# Braces of a pattern that hold no slot.
BRACES = str.maketrans("\x01\x02", "{}")
SLOT = re.compile(r"\{([A-Za-z]+)\}")
MONTHS = "January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ROLES = """engineer nurse teacher manager doctor lawyer accountant designer driver plumber technician consultant analyst
agent supervisor therapist pharmacist electrician chef director developer scientist architect pilot broker""".split()
NATIONS = """British French German Spanish Italian Dutch Polish Portuguese Swedish Danish Norwegian Finnish Turkish Japanese
Chinese Indian Russian Korean Greek American Canadian Mexican Brazilian Australian African Asian European Philippine Thai
Irish Scottish Welsh Belgian Swiss Austrian Czech Hungarian Romanian Ukrainian Egyptian Nigerian Kenyan Israeli Arab""".split()
ACRONYMS = """IBAN BIC MAC SSN PIN VAT DOB ETA FAQ PDF CSV JSON HTTP API SDK USB LAN DNS VPN SIM ATM ASAP FYI TBD USD EUR GBP ISBN
IMEI EAN LED TV PC OS RAM CPU GPU KMS MACs SDKs ABCs IP SKU PO MRN NHS CPF DNI NIF TIN GPS URL HTML SQL CEO HR IT QA UI UX""".split()
LANGUAGES = "English German French Spanish Italian Dutch Polish Portuguese Swedish Danish Norwegian Finnish Turkish Japanese Chinese Arabic Hindi Russian Korean Greek Latin".split()
BRANDS = """Google Apple Microsoft Amazon Facebook Netflix Spotify Slack Zoom GitHub Docker Linux Windows Android Firefox
Chrome Safari PayPal Visa Mastercard Stripe Samsung Sony Nintendo PlayStation Xbox Tesla Toyota Honda Ford Nike Adidas
YouTube Twitter Instagram WhatsApp Telegram Outlook Excel Word PowerPoint Dropbox Salesforce Oracle Postgres MySQL Redis
Kafka Kubernetes Terraform Jenkins Jira Confluence Notion Trello Shopify WordPress Django Rails React Angular Alexa Siri
Postgres PostgreSQL Debian Ubuntu Fedora CentOS Alpine Xcode Markdown LaTeX Unicode Bitcoin Ethereum Cloudflare Nginx
Apache Tomcat Elasticsearch Kibana Grafana Prometheus Cassandra MongoDB Snowflake Databricks Spark Hadoop Airflow Celery
RabbitMQ GraphQL OpenAPI Swagger Postman Figma Sketch Photoshop Illustrator Blender Unity Unreal Steam Roblox Minecraft
Fortnite Zelda Mario Pokemon Lego Barbie Oreo Pepsi Sprite Fanta Nutella Snickers Twix Starbucks McDonalds Subway Walmart
Target Costco Ikea Lidl Aldi Tesco Sephora Gucci Rolex Boeing Airbus Concorde Hubble Voyager Apollo Artemis Zigbee Thunderbolt
Markdown Jupyter Pandas NumPy PyTorch TensorFlow Keras Gradle Maven Webpack Babel Vite Svelte Vue Flutter Kotlin Swift
Scala Haskell Erlang Elixir Clojure Perl Ruby Fortran Cobol Pascal Lisp Prolog Gaussian Boolean Cartesian Fibonacci Luhn
Merkle Bloom Bayes Fourier Laplace Markov Poisson Pareto Turing Nobel Oscar Grammy Olympic Halloween Thanksgiving Easter
Ramadan Hanukkah Diwali Christmas Cortana Claude Gemini Copilot Wikipedia Reddit LinkedIn Uber Lyft Airbnb Bluetooth WiFi iPhone iPad MacBook Galaxy Pixel""".split()


TYPES = """String Vec Arc Option Box HashMap HashSet Map Set List Integer Boolean Float Double NaN Null None Some Self True False
Result Ok Err Error Value Object Array Number Int Bool Char Byte Date Time Uuid Mutex Rc Cell Default Debug Clone Copy Eq
Ord Hash Send Sync Iterator Future Stream Sender Receiver Kms Url Jwt Csv Html Dict Tuple Any Union Callable Promise Buffer""".split()


class Filler:
    def __init__(self, rng, values, words=()):
        self.rng = rng
        self.words = words or lists.nouns()
        self.values = values

    def fill(self, pattern, locale):
        """The text of a pattern and its labels: (text, [(start, end, label)])."""
        out, labels, position, last = [], [], 0, 0
        for slot in SLOT.finditer(pattern):
            name = slot.group(1)
            before = pattern[last:slot.start()]
            label = LABELS.get(name)
            value = self.entity(name, locale) if label else self.other(name)
            if value is None:
                value, label = slot.group(0), None
            out += [before, value]
            position += len(before)
            if label:
                labels.append([position, position + len(value), label])
            position += len(value)
            last = slot.end()
        out.append(pattern[last:])
        return "".join(out).translate(BRACES), labels

    def entity(self, name, locale):
        values, rng = self.values, self.rng
        if name == "PERSON":
            if rng.random() < 0.04:
                text = values.invented(locale)
            else:
                text = values.person(locale)
        elif name == "FIRST":
            text = values.first(locale)
        elif name == "LAST":
            text = values.last(locale)
        elif name == "TITLED":
            text = values.titled(locale)
        elif name == "LASTFIRST":
            text = values.last_first(locale)
        elif name == "CITY":
            text = values.city(locale)
        elif name == "PLACE":
            text = values.place(locale)
        elif name == "COMPANY":
            text = values.company(locale)
        elif name == "STREET":
            text = values.draw(lambda: values.street(locale)) or values.street("en_US")
        else:
            text = values.address(locale)
            r = rng.random()
            if r < 0.1:
                text += "\n" + rng.choice(lists.countries())
            text = re.sub(r" *\n *", rng.choice([", ", ", ", ", ", ", ", " ", "\n", "\n", " - "]), text.strip())
        if rng.random() < 0.12:
            text = plain(text)
        return text.strip()

    def other(self, name):
        rng = self.rng
        noun = rng.choice(lists.nouns())
        if name in ("noun", "Noun", "NOUN"):
            return self.cased(name, noun)
        if name.lower() == "word":
            # common words more often than rare ones
            return self.cased(name, self.words[int(len(self.words) * rng.random() ** 2)])
        if name.lower() == "adj":
            return self.cased(name, rng.choice(lists.adjectives()))
        if name.lower() == "verb":
            return self.cased(name, rng.choice(lists.verbs()))
        if name == "Type":
            return rng.choice(TYPES + [noun.title(), rng.choice(lists.adjectives()).title() + noun.title()])
        if name == "num":
            return rng.choice([str(rng.randint(0, 20)), str(rng.randint(0, 20)), str(rng.randint(100, 999)), str(rng.randint(0, 20)), str(rng.randint(0, 999)), str(rng.randint(0, 99999)), f"{rng.randint(0, 99)}.{rng.randint(0, 99)}"])
        if name == "year":
            return str(rng.randint(1920, 2027))
        if name == "money":
            return rng.choice(["${}", "{} EUR", "€{}", "£{}", "{} dollars", "${}.99"]).format(rng.randint(1, 9999))
        if name == "date":
            y, m, d = rng.randint(1940, 2027), rng.randint(1, 12), rng.randint(1, 28)
            return rng.choice([f"{y}-{m:02}-{d:02}", f"{m:02}/{d:02}/{y}", f"{d}.{m}.{y}", f"{d} {MONTHS[m - 1]} {y}", f"{MONTHS[m - 1]} {d}, {y}", f"{MONTHS[m - 1]} {d}", f"{d}. {MONTHS[m - 1]}",
                               f"{rng.choice(WEEKDAYS)[:3]}, {d:02} {MONTHS[m - 1][:3]} {y}", f"{rng.choice(WEEKDAYS)[:3]} {MONTHS[m - 1][:3]} {d} {y}"])
        if name == "time":
            return rng.choice([f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}", f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}", f"{rng.randint(1, 12)} pm", f"{rng.randint(1, 12)}:30 am"])
        if name == "month":
            return rng.choice(MONTHS)
        if name == "weekday":
            return rng.choice(WEEKDAYS)
        if name == "role":
            role = rng.choice(ROLES)
            return rng.choice([role, role, "senior " + role, role.title(), "Head " + role.title()])
        if name == "language":
            return rng.choice(LANGUAGES)
        if name == "unit":
            return rng.choice("Mbps Gbps MHz GHz KB MB GB TB KiB MiB GiB ms rpm kWh kW Nm Hz dB px pt EUR USD Wh mAh V A W".split())
        if name == "acronym":
            return rng.choice(ACRONYMS)
        if name == "nation":
            return rng.choice(NATIONS)
        if name == "brand":
            return rng.choice(BRANDS)
        if name == "novelty":
            return self.values.novelty()
        if name == "product":
            adjective = rng.choice(lists.adjectives()).title()
            return rng.choice([f"{adjective} {noun.title()}", f"{rng.choice(BRANDS)} {noun.title()}", f"{noun.title()} {rng.randint(1, 900)}", f"{noun.title()} Pro", f"{rng.choice(BRANDS)} {rng.randint(1, 15)}", f"{adjective} {noun.title()} {rng.choice(['Plus', 'Max', 'Mini', 'XL', 'Kit', 'Bundle', 'Card'])}"])
        if name == "id":
            return rng.choice([f"#{rng.randint(1000, 999999)}", f"{rng.choice('ABCDEFX')}{rng.choice('KLMNZ')}-{rng.randint(100, 99999)}", f"{rng.randint(10**6, 10**9)}", f"INV-{rng.randint(2000, 2030)}-{rng.randint(1, 9999):04}"])
        if name == "first":
            return self.values.first("en_US").lower()
        if name == "email":
            who = rng.choice([self.values.first("en_US"), self.values.last("en_US"), noun, "info", "support"]).lower().replace(" ", "")
            return f"{plain(who)}{rng.choice(['', rng.randint(1, 99)])}@{rng.choice(['example.com', 'example.org', 'mail.example.net', noun + '.example'])}"
        if name == "phone":
            d = self.values.digits
            return rng.choice([f"({d(3)}) {d(3)}-{d(4)}", f"+1 {d(3)} {d(3)} {d(4)}", f"{d(3)}-{d(3)}-{d(4)}", f"+49 {d(3)} {d(7)}", f"0{d(1)} {d(2)} {d(2)} {d(2)} {d(2)}", f"+44 20 {d(4)} {d(4)}"])
        if name == "ip":
            return ".".join(str(rng.randint(1, 254)) for _ in range(4))
        return None

    @staticmethod
    def cased(name, word):
        return word if name.islower() else word.upper() if name.isupper() else word.title()


def recased(rng, text, labels):
    """Sometimes all in lower or upper case, where that keeps every offset."""
    r = rng.random()
    changed = text.lower() if r < 0.16 else text.upper() if r < 0.24 else text
    return (changed if len(changed) == len(text) else text), labels
