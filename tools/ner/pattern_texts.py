#!/usr/bin/env python3
"""Labelled texts for the types that patterns find: values of `pattern_values.py` in sentences, as JSON lines for
`vault-server privacy evaluate`.

    pattern_texts.py {tune|talk|judge} COUNT > FILE.jsonl

The three parts share no sentence. Look at single errors of the first two alone: the last one judges. `talk` has sentences of
conversations and of forms that are filled in.
"""
import json
import random
import sys

import pattern_values
from pattern_values import R, TYPES, some

TUNE = [
    "{l}: {v}", "{l} {v}", "My {l} is {v}.", "{v} is my {l}", "Please update the {l} to {v} as soon as you can.", '"{snake}": "{v}"',
    "{l} – {v}", "({l} {v})", "| {l} | {v} |", "{l}\t{v}", "hi, i need help. {low} {v} thx", "The customer's {l} ({v}) was verified yesterday.",
    "{l}\n{v}", "{snake}={v};", "{l} no. {v}", "the {low} on file, {v}, has expired", "{up}: {v}", "Re: {l} #{v}", "[{l}: {v}]",
    "Order 10048372 shipped; {l} {v}; total 1,299.00 EUR", "{l}:{v}, then call me back", "'{l}': '{v}'",
    "I sent you my {low} already: {v}. Why do you ask again?", "{l} = {v}\nstatus = open\nticket = 48213",
]
JUDGE = [
    "Could you confirm that {l} {v} belongs to this customer?", "<td>{l}</td><td>{v}</td>", "{l} (new): {v}", "- {l}: {v}\n- Status: open",
    "We have the following {l} on record for you: {v}", "As requested, here is the {l}: {v}. Kind regards", "{camel}={v}&lang=en",
    "{l} is {v}, valid until 2027", "User gave {v} as {l}", "ID check done ({l} = {v})", "* {l} {v}\n* invoice INV-2024-00123",
    "thanks!! {low} is {v} if u need it", "{up} {v}", "Her {l} was {v} last year.", "{l}; {v}; verified", "Verified against {l} {v} on Monday",
    '{{"{snake}": "{v}", "ok": true}}', "Wrong {low}, should be {v}", "{l}: [{v}]", "{l} - {v}", "2 of 3 documents received, {l} {v} missing a stamp.",
    "{l}:\n  {v}",
]
TALK = [
    "hey, {low} has changed, new one is {v}", "Their {l}, {v}, does not match our files", "{l} of the applicant: {v}", "{camel}: '{v}',",
    "<b>{l}</b> {v}<br>", "{snake}: {v}", "Agent: may I have your {l}? Customer: {v}", "{l}... {v}", "{l} → {v}",
    "Please note the {l} {v} for your records.", "{v} ({l})", "I think the {low} should be {v} instead", "name,{snake},city\nx,{v},y",
    "{l} / {v}", "{l}|{v}|ok", "**{l}:** {v}", '{l} = "{v}"', "the {low} i gave you was {v}, sorry", "{l}\n\n{v}", "Enter {l} → {v} ✓",
    "ref {l} {v} (copy attached)", "{l} used: {v}.", "what does {low} {v} mean?", "{{'{camel}': '{v}'}}", "{l} on the form is {v}",
]
# Sentences of these types name them otherwise than by a label.
OWN = {
    "age": {"tune": ["I am {v} and live alone.", "male patient, {v}", "The patient is {v}."],
            "judge": ["my mother, who is {v}, is a patient here", "Female, {v}, admitted today", "patient ({v}) seen today"]},
    # In a query an address is percent-encoded, so that `{v}&lang=en` holds none as it is written.
    "url": {"tune": TUNE, "talk": ["open {v} in the browser", "[docs]({v})", "<{v}>", '<a href="{v}">', "({v})", "“{v}”", "详见{v}。", "{v}; thanks"], "judge": [pattern for pattern in JUDGE if "&" not in pattern]},
    "domain": {"tune": ["{v} is down", "see {v} for more", "host {v} answers", "DNS for {v}"],
               "talk": ["mail from {v} bounced", "{v}", "Check {v}, it is great.", "their site ({v}) uses HTTP", "we bought {v} yesterday", "emails at {v} go to spam"], "judge": ["we moved to {v}", "ping {v}", "whois {v} says nothing", "(hosted at {v})"]},
    "private_key": {"tune": ["{v}", "here is the key:\n{v}\nthanks"], "judge": ["PEM below\n{v}", "key={v}"]},
    "azure_key": {"tune": ["AccountName=x;AccountKey={v};EndpointSuffix=core.windows.net", "AccountKey={v}"], "judge": ["DefaultEndpointsProtocol=https;AccountKey={v}", '"AccountKey": "{v}"']},
    "password": {"tune": ["password: {v}", "my password is {v}", "pwd={v}", '"password": "{v}"', "Passwort: {v}"],
                 "judge": ["PASSWORD={v}", "the password is {v}", "login with password: {v}", "db_password = '{v}'"]},
    "generic_secret": {"tune": ['api_key = "{v}"', "client_secret={v}", "access_token: {v}"], "judge": ["API_KEY={v}", '"client_secret": "{v}"', "Authorization: Bearer {v}"]},
    "aws_secret_key": {"tune": ["aws_secret_access_key = {v}", "secret key: {v}"], "judge": ["AWS_SECRET_ACCESS_KEY={v}", '"SecretAccessKey": "{v}"']},
    "user_name": {"tune": ["username: {v}", "login={v}", '"username": "{v}"', "user name is {v}"], "judge": ["user_name={v}", "Username: {v}", "my username is {v}"]},
    "connection_string": {"tune": ["DATABASE_URL={v}", "connects to {v}"], "judge": ["url: {v}", '"{v}"', "psql {v}"]},
    "basic_auth": {"tune": ["get {v}", "remote: {v}"], "judge": ["curl {v}", "<{v}>"]},
    "date_of_birth": {"tune": ["born {v}", "DOB: {v}", "date of birth {v}", "{v} is my birthday", "geboren am {v}", '"dob": "{v}"'],
                      "judge": ["Born on {v} in Leeds", "birth date: {v}", "D.O.B. {v}", "my date of birth is {v}", "birthday: {v}", "date_of_birth={v}"]},
}
DECOYS = [
    "Order 10048372 shipped on 2024-05-06, tracking 1Z999AA10123456784.", "Invoice INV-2024-00123 over 1 234 567,89 EUR is due in 14 days.",
    "Ticket #48213 was merged into #48190; see build 20240506.3.", "The table has 12 345 678 rows and 3 400 000 000 bytes.",
    "version 10.4.23-rc1 (commit 9fceb02) fixes 4711", "ISBN 978-3-16-148410-0, 2nd edition, 1,024 pages", "Room 12-34-56, floor 3, from 10:00 to 12:30",
    "SKU 4006381333931 is out of stock; 4 006 381 units sold", "Reference 2024/0815/77 was closed.", "score 3-2, 17-12 and 21-19",
    "pid 48213 used 123456789 bytes after 1699999999 seconds", "population: 1 380 004 385 (2020), 331 002 651 (2020)", "batch A1234567 passed, batch B7654321 failed",
    "UTC 20240506T102030Z to 20240507T112233Z", "flight LH 1234 at gate B 42", "part no. 123-45-678 and 987-654-32",
]
NUMBERS = ["{:>12} {:>12} {:>12}", "{}\t{}\t{}", "{},{},{}", "| {} | {} | {} |", "{} {} {}"]


def forms(label):
    # no name of a field has an apostrophe: `driversLicense`
    words = label.replace("-", " ").replace(".", "").replace("'s", "s").split()
    return {"l": label, "low": label.lower(), "up": label.upper(), "snake": "_".join(words).lower(), "camel": words[0].lower() + "".join(word.capitalize() for word in words[1:])}


def filled(pattern, label, value):
    mark = "\ue000"
    before, after = pattern.format(v=mark, **forms(label)).split(mark)
    return before + value + after, len(before), len(before) + len(value)


def decoy():
    if R.random() < 0.5:
        return R.choice(DECOYS)
    grouped = R.random() < 0.5
    cell = lambda: f"{R.randrange(10 ** R.randint(3, 10)):,}".replace(",", " ") if grouped else str(R.randrange(10 ** R.randint(3, 11)))
    return "\n".join(R.choice(NUMBERS).format(cell(), cell(), cell()) for _ in range(4))


def main():
    half, count = sys.argv[1], int(sys.argv[2])
    R.seed(f"{half} {count}")
    patterns = {"tune": TUNE, "talk": TALK, "judge": JUDGE}[half]
    for kind, (labels, value, _) in TYPES.items():
        for _ in range(count):
            # where `talk` has no sentences of its own for a type that is not named by a label, it takes those of `tune`
            own = OWN.get(kind, {})
            pattern = R.choice(own.get(half) or own.get("tune") or patterns)
            text, start, end = filled(pattern, R.choice(labels), value())
            print(json.dumps({"text": text, "pii": [{"type": kind, "start": start, "end": end}]}, ensure_ascii=False))
    for _ in range(count * 20):
        print(json.dumps({"text": decoy(), "pii": []}, ensure_ascii=False))


if __name__ == "__main__":
    main()
