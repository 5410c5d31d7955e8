"""Rows of data with and without persons: tables, exports, settings, objects, statements of databases."""
import json

# The columns of a table: its names, and the slots of its values. `fill.py` lists the slots.
PERSONS = [
    (["name", "full_name", "fullName", "Name", "customer", "Customer Name", "patient", "employee", "contact", "Contact Person", "owner",
      "author", "assignee", "assigned_to", "created_by", "createdBy", "approved_by", "requester", "recipient", "sender", "holder",
      "account_holder", "guest", "student", "tutor", "doctor", "driver", "signatory", "Teacher", "beneficiary", "payee", "who", "agent",
      "sales_rep", "reviewer", "editor", "host", "member", "subscriber", "buyer", "tenant_name", "next_of_kin", "witness"],
     ["{PERSON}", "{PERSON}", "{PERSON}", "{LASTFIRST}", "{FIRST}", "{TITLED}"]),
    (["first_name", "firstName", "First Name", "given_name", "forename", "fname", "first", "GivenName", "nickname"], ["{FIRST}"]),
    (["last_name", "lastName", "Last Name", "surname", "family_name", "lname", "last", "Surname"], ["{LAST}"]),
]
PLACES = [
    (["city", "town", "City", "location", "place_of_birth", "birthplace", "branch", "site", "depot", "origin", "destination", "hub"], ["{CITY}"]),
    (["country", "nationality_country", "region", "Country"], ["{PLACE}"]),
    (["address", "home_address", "street", "shippingAddress", "Address", "billing_address", "residence"], ["{ADDRESS}", "{STREET}"]),
    (["company", "employer", "organisation", "Company", "supplier", "vendor", "bank", "school", "insurer"], ["{COMPANY}"]),
]
OTHERS = [
    (["id", "ID", "no", "number", "order", "ref", "case_id", "sku", "account"], ["{id}", "{num}"]),
    (["email", "e-mail", "mail", "Email"], ["{email}"]),
    (["phone", "tel", "mobile", "Phone"], ["{phone}"]),
    (["date", "created", "created_at", "dob", "since", "updated", "due", "Date"], ["{date}", "{date} {time}", "{year}"]),
    (["amount", "price", "total", "balance", "salary", "Amount"], ["{money}", "{num}"]),
    (["status", "state", "type", "kind", "priority", "level", "Status"], ["{adj}", "{Adj}", "{verb}", "{NOUN}"]),
    (["product", "item", "title", "subject", "topic", "category", "label", "tag", "Product", "name", "description"],
     ["{product}", "{Noun}", "{noun}", "{Adj} {Noun}", "{novelty}", "{brand}", "{novelty} {num}"]),
    (["language", "lang", "team", "department", "role", "job", "Role"], ["{language}", "{role}", "{Noun}"]),
    (["ip", "host", "server"], ["{ip}", "{noun}-{num}"]),
    (["model", "brand", "vehicle", "device", "app", "project", "service", "plan", "version"], ["{brand}", "{novelty}", "{product}", "{num}"]),
    (["weekday", "month", "nation"], ["{weekday}", "{month}", "{nation}", "{nation}", "{language}", "{Word}", "{word}", "{word}", "{acronym}", "{Type}"]),
    (["note", "comment", "remark"], ["{noun} is {adj}", "{Verb} the {noun}", "{adj} {noun}"]),
]

# How data are written; a list has one column, and words that no list has are no persons there.
STYLES = ["lines", "lines", "pairs", "json", "sql", "colons", "table", "xml", "tuples"]


def table(rng, filler, locale, with_persons):
    """A text of one to six rows, and its labels."""
    columns = [rng.choice(PLACES) for _ in range(rng.choice([0, 0, 1, 2] if with_persons else [0, 0, 0, 0, 1]))]
    if with_persons:
        columns += PERSONS[1:] if rng.random() < 0.35 else [rng.choice(PERSONS) for _ in range(rng.choice([1, 1, 2]))]
    columns += [rng.choice(OTHERS) for _ in range(rng.randint(1, 5))]
    rng.shuffle(columns)
    names = [rng.choice(names) for names, _ in columns]
    slots = [rng.choice(values) for _, values in columns]
    styles = STYLES if with_persons else STYLES + ["list"]
    return filler.fill(written(rng, rng.choice(styles), names, slots), locale)


def written(rng, style, names, slots):
    """Columns as a pattern, in a way that data are written."""
    count = rng.choice([1, 1, 2, 3, 4, 6])
    escaped = lambda text: text.replace("\\", "")  # noqa: E731
    if style == "lines":
        # a comma between a last name and a first one makes them one name
        mark = rng.choice([";", "\t", "|", " | ", "; ", " - ", " / ", "  "] + [",", ", "] * (3 if "{LAST}" not in slots else 0))
        quote = rng.choice(["", "", "", '"', "'"])
        head = [mark.join(names)] if rng.random() < 0.5 else []
        return "\n".join(head + [mark.join(quote + slot + quote for slot in slots) for _ in range(count)])
    if style == "list":
        quote, mark = rng.choice(['"', "'", "", "`"]), rng.choice([", ", ",\n    ", ",", "\n"])
        return rng.choice(["", "{noun}s = [", "const {noun} = [", "["]) + mark.join(quote + slots[0] + quote for _ in range(count * 2)) + rng.choice(["", "]", ",\n];"])
    if style == "pairs":
        equals, mark = rng.choice(["=", ": ", "=", ":"]), rng.choice(["; ", " ", ", ", "&", " | ", ";"])
        quote = rng.choice(["", "", '"', "'"])
        return "\n".join(mark.join(f"{name}{equals}{quote}{slot}{quote}" for name, slot in zip(names, slots)) for _ in range(count))
    if style == "json":
        quote = rng.choice(['"', '"', "'"])
        gap = rng.choice(["", " ", "\n  "])
        one = lambda: "(" + ",".join(f"{gap}{quote}{name}{quote}: {slot if slot == '{num}' else quote + slot + quote}" for name, slot in zip(names, slots)) + ")"  # noqa: E731
        text = ",\n".join(one() for _ in range(count))
        return text.replace("(", "\x01").replace(")", "\x02") if count == 1 else "[" + text.replace("(", "\x01").replace(")", "\x02") + "]"
    if style == "sql":
        row = lambda: "(" + ", ".join(slot if slot == "{num}" else f"'{slot}'" for slot in slots) + ")"  # noqa: E731
        into = rng.choice(["INSERT INTO {noun}s ", "insert into {noun} ", "REPLACE INTO `{noun}` "])
        return into + (f"({', '.join(names)}) " if rng.random() < 0.5 else "") + rng.choice(["VALUES ", "values "]) + ",\n".join(row() for _ in range(count)) + ";"
    if style == "colons":
        return "\n".join(f"{name.replace('_', ' ').capitalize() if rng.random() < 0.7 else name}: {slot}" for name, slot in zip(names, slots))
    if style == "table":
        edge = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731
        return "\n".join([edge(names), edge(["---"] * len(names))][: rng.choice([0, 1, 2])] + [edge(slots) for _ in range(count)])
    if style == "xml":
        return "\n".join("".join(f"<{escaped(name).replace(' ', '')}>{slot}</{escaped(name).replace(' ', '')}>" for name, slot in zip(names, slots)) for _ in range(count))
    return ",\n".join("(" + ", ".join(slot if slot == "{num}" else json.dumps(slot) for slot in slots) + ")" for _ in range(count))
