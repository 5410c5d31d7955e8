"""Values of the types that patterns find, each made by its registrar's rules, and how people call them.

Check digits come from `python-stdnum` and numbers of phones from `phonenumbers`, so that no rule of the detector is
tested against itself. A type has labels, as people write them, and a function that makes a value.
"""
import base64
import random
import string

import phonenumbers
from stdnum import iban, luhn
from stdnum.au import abn, acn, tfn
from stdnum.be import nn
from stdnum.br import cnpj, cpf
from stdnum.ca import sin
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.de import vat as de_vat
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, gstin
from stdnum.it import codicefiscale, iva
from stdnum.jp import in_ as my_number
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.se import orgnr, personnummer
from stdnum.sg import uen
from stdnum.th import pin
from stdnum.tr import tckimlik
from stdnum.us import itin, rtn, ssn
from stdnum.za import idnr as za_id

R = random.Random()
DIGITS, CAPITALS, LETTERS = string.digits, string.ascii_uppercase, string.ascii_letters
ALNUM = LETTERS + DIGITS


def some(alphabet, count):
    return "".join(R.choice(alphabet) for _ in range(count))


def shaped(shape):
    """`#` is a digit, `?` a capital, `*` either."""
    made = {"#": DIGITS, "?": CAPITALS, "*": CAPITALS + DIGITS}
    return "".join(R.choice(made[sign]) if sign in made else sign for sign in shape)


def closed(make, is_valid, alphabet=DIGITS, places=1):
    """Tries last characters until the check is right."""
    while True:
        body = make()
        for _ in range(400):
            value = body + some(alphabet, places)
            if is_valid(value):
                return value


def valid(module, shape, alphabet=DIGITS, places=1):
    return closed(lambda: shaped(shape), module.is_valid, alphabet, places)


def date(form, first=1930, last=2006):
    year, month, day = R.randint(first, last), R.randint(1, 12), R.randint(1, 28)
    return form.format(y=year, yy=f"{year % 100:02}", m=f"{month:02}", d=f"{day:02}")


def grouped(value, *forms):
    """Writes the value in one of these forms, where `#` stands for its next character."""
    form = R.choice(forms)
    if not form:
        return value
    rest = iter(value)
    return "".join(next(rest) if sign == "#" else sign for sign in form)


def mac():
    sign, upper = R.choice(":-"), R.random() < 0.5
    pairs = [f"{R.randrange(0, 256, 4) if not at else R.randrange(256):02x}" for at in range(6)]
    return (sign.join(pairs)).upper() if upper else sign.join(pairs)


def ip():
    if R.random() < 0.6:
        return f"{R.choice([10, 81, 185, 62, 203, 8, 172])}.{R.randrange(256)}.{R.randrange(256)}.{R.randrange(1, 255)}"
    groups = [f"{R.randrange(1, 65536):x}" for _ in range(8)]
    return R.choice([":".join(groups), "2a02:" + ":".join(groups[:2]) + "::" + groups[3], "fe80::" + ":".join(groups[4:])])


def card():
    prefix, length, forms = R.choice([
        ("4", 16, ["", "#### #### #### ####", "####-####-####-####"]), ("51", 16, ["", "#### #### #### ####"]),
        ("55", 16, ["", "####-####-####-####"]), ("2221", 16, ["", "#### #### #### ####"]), ("2720", 16, [""]),
        ("34", 15, ["", "#### ###### #####"]), ("37", 15, ["", "#### ###### #####", "####-######-#####"]),
        ("6011", 16, ["", "#### #### #### ####"]), ("65", 16, [""]), ("3530", 16, ["", "#### #### #### ####"]),
        ("36", 14, ["", "#### ###### ####"]), ("6212", 16, [""]), ("5018", 16, ["", "#### #### #### ####"])])
    body = prefix + some(DIGITS, length - len(prefix) - 1)
    return grouped(body + luhn.calc_check_digit(body), *forms)


IBAN_FORMS = {"DE": "##################", "GB": "????##############", "FR": "####################" "###", "ES": "####################",
              "NL": "????##########", "IT": "?######################", "PL": "########################", "BE": "############",
              "NO": "###########", "CH": "#################", "AT": "################", "SE": "####################"}


def bank_account():
    country = R.choice(list(IBAN_FORMS))
    body = shaped(IBAN_FORMS[country])
    value = country + iban.calc_check_digits(f"{country}00{body}") + body
    if not iban.is_valid(value):
        return bank_account()
    return R.choice([value, " ".join(value[at:at + 4] for at in range(0, len(value), 4))])


def phone():
    region = R.choice(["US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "IN", "BR", "JP", "AU", "CH", "SE", "ZA", "MX"])
    kind = R.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
    example = phonenumbers.example_number_for_type(region, kind)
    while True:
        digits = str(example.national_number)
        digits = digits[:-5] + some(DIGITS, 5)
        number = phonenumbers.PhoneNumber(example.country_code, int(digits), italian_leading_zero=example.italian_leading_zero)
        if phonenumbers.is_valid_number(number):
            break
    forms = [phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164]
    if region in ("US", "GB", "DE", "FR", "ES", "IT", "PL", "NL"):
        forms.append(phonenumbers.PhoneNumberFormat.NATIONAL)
    written = phonenumbers.format_number(number, R.choice(forms))
    return written.replace(" ", R.choice([" ", " ", "-", "."])) if region in ("US", "FR") and "(" not in written else written


def bitcoin_address():
    payload = bytes([R.choice([0, 5])]) + R.randbytes(20)
    return base58(payload)


def base58(payload):
    import hashlib
    full = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    alphabet, number, text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", int.from_bytes(full, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return "1" * (len(full) - len(full.lstrip(b"\0"))) + text


def vin():
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    values = {**{str(n): n for n in range(10)}, **dict(zip("ABCDEFGH", range(1, 9))), **dict(zip("JKLMN", range(1, 6))), "P": 7, "R": 9,
              **dict(zip("STUVWXYZ", range(2, 10)))}
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    body = R.choice(["1HG", "1FT", "5YJ", "WBA", "JTD", "KMH", "2T1"]) + some(letters + DIGITS, 5) + "0" + R.choice("ABCDEFGHJKLMNPRSTVWXY123456789") \
        + R.choice(letters) + some(DIGITS, 6)
    check = sum(values[sign] * weight for sign, weight in zip(body, weights)) % 11
    return body[:8] + ("X" if check == 10 else str(check)) + body[9:]


def npi():
    body = R.choice("12") + some(DIGITS, 8)
    return body + luhn.calc_check_digit("80840" + body)


def dea():
    digits = [int(sign) for sign in some(DIGITS, 6)]
    check = (digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])) % 10
    return R.choice("ABFGMP") + R.choice(CAPITALS) + "".join(map(str, digits)) + str(check)


def mbi():
    letter = "ACDEFGHJKMNPQRTUVWXY"
    made = {"C": "123456789", "A": letter, "N": DIGITS, "X": letter + DIGITS}
    value = "".join(R.choice(made[sign]) for sign in "CAXNAXNAANN")
    return grouped(value, "", "####-###-####", "#### ### ####")


def medicare():
    digits = R.choice("23456") + some(DIGITS, 7)
    check = sum(int(sign) * weight for sign, weight in zip(digits, [1, 3, 7, 9, 1, 3, 7, 9])) % 10
    value = f"{digits}{check}{R.randint(1, 9)}"
    return grouped(value, "", "#### ##### #", "####-#####-#")


def nino():
    while True:
        first, second = R.choice("ABCEGHJKLMNOPRSTWXYZ"), R.choice("ABCEGHJKLMNPRSTWXYZ")
        if first + second not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
            return grouped(first + second + some(DIGITS, 6) + R.choice("ABCD"), "", "## ## ## ## #", "## ###### #")


def uk_licence():
    name = (R.choice(["MORGAN", "SMITH", "JONES", "LEE", "OKAFOR", "FARMER"])[:5] + "9999")[:5]
    month = R.randint(1, 12) + R.choice([0, 50])
    value = f"{name}{R.randrange(10)}{month:02}{R.randint(1, 28):02}{R.randrange(10)}{some(CAPITALS, 1)}{R.choice(CAPITALS + '9')}{R.randint(1, 9)}{some(CAPITALS, 2)}"
    return grouped(value, "", "##### ###### #####")


def uk_postcode():
    return f"{R.choice(['SW1A', 'M1', 'EC1A', 'CR2', 'DN55', 'W1A', 'B33', 'LS6', 'NE1', 'EH12', 'BT7', 'CF10'])} {R.randrange(10)}{some('ABDEFGHJLNPQRSTUWXYZ', 2)}"


def uk_plate():
    return f"{some('ABCDEFGHKLMNPRSVWY', 2)}{R.choice([f'{R.randint(2, 25):02}', f'{R.randint(51, 75)}'])}{R.choice([' ', ' ', ''])}{some('ABCDEFGHJKLMNPRSTUVWXY', 3)}"


def icao(body):
    values = {sign: at for at, sign in enumerate(DIGITS + CAPITALS)}
    return body + str(sum(values[sign] * weight for sign, weight in zip(body, [7, 3, 1] * 3)) % 10)


def de_document(first):
    body = R.choice(first) + some("CFGHJKLMNPRTVWXYZ" + DIGITS * 2, 7) + some(DIGITS, 1)
    return R.choice([body, icao(body)])


def digit_sum(value):
    return sum(map(int, str(value)))


def de_insurance():
    letter, serial = R.choice(CAPITALS), some(DIGITS, 8)
    digits = f"{ord(letter) - 64:02}{serial}"
    check = sum(digit_sum(int(sign) * weight) for sign, weight in zip(digits, [1, 2] * 5)) % 10
    return f"{letter}{serial}{check}"


def de_pension():
    area, born, letter, serial = f"{R.choice([2, 4, 10, 12, 15, 26, 50, 65]):02}", date("{d}{m}{yy}"), R.choice(CAPITALS), f"{R.randint(1, 99):02}"
    digits = f"{area}{born}{ord(letter) - 64:02}{serial}"
    check = sum(digit_sum(int(sign) * weight) for sign, weight in zip(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])) % 10
    return grouped(f"{area}{born}{letter}{serial}{check}", "", "## ###### # ###")


def fin():
    prefix, digits = R.choice("STFG"), some(DIGITS, 7)
    total = sum(int(sign) * weight for sign, weight in zip(digits, [2, 7, 6, 5, 4, 3, 2])) + (4 if prefix in "TG" else 0)
    return prefix + digits + ("JZIHGFEDCBA" if prefix in "ST" else "XWUTRQPNMLK")[total % 11]


def kr(kinds):
    return f"{date('{yy}{m}{d}', 1950, 1999)}-{R.choice(kinds)}{some(DIGITS, 6)}"


def jwt():
    part = lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f'{part(chr(123) + chr(34) + "alg" + chr(34) + ":" + chr(34) + R.choice(["HS256", "RS256"]) + chr(34) + chr(125))}.' \
           f'{part(chr(123) + chr(34) + "sub" + chr(34) + ":" + chr(34) + some(ALNUM, 9) + chr(34) + chr(125))}.{some(ALNUM + "-_", 43)}'


def crc62(payload):
    import zlib
    number, text, alphabet = zlib.crc32(payload.encode()), "", DIGITS + CAPITALS + string.ascii_lowercase
    while number:
        number, rest = divmod(number, 62)
        text = alphabet[rest] + text
    return payload + text.rjust(6, "0")


def birth():
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
    year, month, day = R.randint(1930, 2010), R.randint(1, 12), R.randint(1, 28)
    return R.choice([f"{year}-{month:02}-{day:02}", f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}", f"{day} {months[month - 1]} {year}",
                     f"{months[month - 1]} {day}, {year}", f"{day} {months[month - 1][:3]} {year}"])


def key_block():
    kind = R.choice(["RSA ", "EC ", "", "OPENSSH "])
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{some(ALNUM + '+/', 64)}\n{some(ALNUM + '+/', 64)}\n-----END {kind}PRIVATE KEY-----"


def words_password():
    return R.choice([lambda: some(LETTERS, 6) + some(DIGITS, 2) + R.choice("!?#"), lambda: R.choice(["Winter", "hunter", "Geheim", "letmein"]) + some(DIGITS, 4),
                     lambda: some(ALNUM + "!#%*", 12)])()


def imei_written():
    body = "35" + some(DIGITS, 12)
    return grouped(body + luhn.calc_check_digit(body), "", "##-######-######-#")


def email():
    local = R.choice(["jo.doe", "a+b", "marta_k", "x", "info", "o'neil", "first.last"]) + some(DIGITS, R.randrange(3))
    return f"{local}@{R.choice(['example.com', 'mail.example.co.uk', 'firma.de', 'uni-x.edu', 'acme.io', 'xn--mnchen-3ya.de'])}"


def gps():
    latitude, longitude = R.uniform(-85, 85), R.uniform(-179, 179)
    return R.choice([f"{latitude:.6f}, {longitude:.6f}", f"{latitude:.4f},{longitude:.4f}",
                     f"{abs(int(latitude))}°{R.randrange(60)}'{R.randrange(60)}\"N {abs(int(longitude))}°{R.randrange(60)}'{R.randrange(60)}\"W"])


def url():
    return f"{R.choice(['https', 'http'])}://{R.choice(['www.example.com', 'shop.acme.io', 'example.co.uk:8080'])}/{some(string.ascii_lowercase, 5)}{R.choice(['', '?q=1', '#top', '/' + some(ALNUM, 4)])}"


def bic_code():
    return some(CAPITALS, 4) + R.choice(["DE", "GB", "FR", "US", "NL", "IT"]) + some(CAPITALS + "23456789", 1) + some(CAPITALS, 1) + R.choice(["", "XXX", "500"])


# type: (labels, value, strict). Strict: a checksum or a strict grammar, so that the goal of 0.99 holds.
TYPES = {
    "email": (["email", "e-mail address", "contact"], email, True),
    "phone": (["phone", "mobile number", "tel", "call"], phone, True),
    "us_ssn": (["SSN", "social security number", "social"], lambda: grouped(valid(ssn, "########"), "###-##-####"), True),
    "credit_card": (["card number", "credit card", "Visa"], card, True),
    "iban": (["IBAN", "account", "bank details"], bank_account, True),
    "ip_address": (["IP", "source ip", "client address"], ip, True),
    "mac_address": (["MAC", "hwaddr", "device MAC"], mac, True),
    "url": (["link", "website", "see"], url, True),
    "date_of_birth": (["date of birth", "DOB", "born"], birth, True),
    "us_passport": (["US passport", "passport number"], lambda: shaped(R.choice(["#########", "?########"])), False),
    "aws_access_key": (["AWS key", "access key id"], lambda: R.choice(["AKIA", "ASIA"]) + some(CAPITALS + "234567", 16), True),
    "aws_secret_key": (["aws_secret_access_key", "secret key"], lambda: some(ALNUM + "/+", 40), False),
    "github_token": (["token", "GH_TOKEN"], lambda: R.choice(["ghp_", "gho_", "ghs_"]) + crc62(some(ALNUM, 30)), True),
    "gitlab_token": (["token", "GITLAB_TOKEN"], lambda: "glpat-" + some(ALNUM, 20), True),
    "slack_token": (["token", "bot token"], lambda: f"xox{R.choice('bp')}-{some(DIGITS, 12)}-{some(DIGITS, 12)}-{some(ALNUM, 24)}", True),
    "stripe_key": (["key", "stripe key"], lambda: R.choice(["sk_live_", "rk_live_", "sk_test_"]) + some(ALNUM, 24), True),
    "openai_key": (["key", "OPENAI_API_KEY"], lambda: f"sk-{some(ALNUM, 20)}T3BlbkFJ{some(ALNUM, 20)}", True),
    "anthropic_key": (["key", "ANTHROPIC_API_KEY"], lambda: f"sk-ant-api03-{some(ALNUM, 93)}AA", True),
    "huggingface_token": (["token", "HF_TOKEN"], lambda: "hf_" + some(LETTERS, 34), True),
    "google_api_key": (["key", "maps key"], lambda: "AIza" + some(ALNUM + "-_", 34) + some(ALNUM, 1), True),
    "sendgrid_key": (["key", "SENDGRID_API_KEY"], lambda: f"SG.{some(ALNUM, 22)}.{some(ALNUM, 43)}", True),
    "twilio_key": (["key", "twilio"], lambda: "SK" + some("0123456789abcdef", 32), True),
    "npm_token": (["token", "NPM_TOKEN"], lambda: "npm_" + crc62(some(ALNUM, 30)), True),
    "pypi_token": (["token", "PYPI_TOKEN"], lambda: "pypi-AgEIcHlwaS5vcmc" + some(ALNUM, 130), True),
    "telegram_token": (["token", "bot token"], lambda: f"{R.randint(10**9, 9 * 10**9)}:AA{some(ALNUM + '-_', 32)}{some(ALNUM, 1)}", True),
    "jwt": (["token", "jwt"], jwt, True),
    "private_key": (["key", "the key"], key_block, True),
    "google_oauth_token": (["token", "oauth"], lambda: "ya29." + some(ALNUM + "-_", 80) + some(ALNUM, 1), True),
    "azure_key": (["AccountKey"], lambda: base64.b64encode(R.randbytes(64)).decode(), True),
    "connection_string": (["DATABASE_URL", "connects to"], lambda: f"postgres://app:{some(ALNUM, 10)}@db{R.randrange(9)}.example.com:5432/main", True),
    "basic_auth": (["link", "fetch"], lambda: f"https://jo:{some(ALNUM, 8)}@example.com/{some(ALNUM, 4)}", True),
    "password": (["password", "pwd", "Passwort"], words_password, False),
    "generic_secret": (["api_key", "client_secret", "access_token"], lambda: some(ALNUM, 32), False),
    "age": (["age"], lambda: f"{R.randint(18, 95)} {R.choice(['years old', 'years of age', 'yrs old'])}", False),
    "gps_coordinates": (["GPS", "coordinates", "location"], gps, True),
    "domain": (["host", "domain"], lambda: f"{some(string.ascii_lowercase, 7)}.{R.choice(['com', 'org', 'co.uk', 'de', 'io'])}", True),
    "user_name": (["username", "login", "user name"], lambda: some(string.ascii_lowercase, 6) + some(DIGITS, 2), False),
    "imei": (["IMEI", "IMEI number"], imei_written, True),
    "vin": (["VIN", "chassis number"], vin, True),
    "cvv": (["CVV", "CVC", "security code"], lambda: some(DIGITS, R.choice([3, 3, 4])), False),
    "swift_bic": (["BIC", "SWIFT", "SWIFT code"], bic_code, True),
    "us_bank_account": (["account number", "bank account", "checking account"], lambda: some(DIGITS, R.randint(8, 12)), False),
    "us_aba_routing": (["routing number", "ABA", "ABA routing number"], lambda: valid(rtn, R.choice(["02", "11", "32"]) + "######"), True),
    "crypto_wallet": (["BTC", "wallet", "send to"], bitcoin_address, True),
    "medical_record_number": (["MRN", "medical record number", "patient ID"], lambda: shaped(R.choice(["########", "??######", "##-##-##"])), False),
    "health_insurance_id": (["member ID", "insurance ID", "subscriber ID"], lambda: shaped(R.choice(["???#########", "#########"])), False),
    "medical_licence": (["medical license", "medical license number"], lambda: shaped(R.choice(["?######", "??#####"])), False),
    "us_npi": (["NPI", "NPI number", "provider NPI"], npi, True),
    "us_dea": (["DEA", "DEA number"], dea, True),
    "us_mbi": (["MBI", "Medicare number", "Medicare beneficiary identifier"], mbi, True),
    "uk_nhs": (["NHS number", "NHS no", "NHS"], lambda: grouped(valid(nhs, "#########"), "", "### ### ####", "###-###-####"), True),
    "au_medicare": (["Medicare card", "Medicare number", "Medicare no"], medicare, True),
    "de_health_insurance": (["Krankenversichertennummer", "KVNR", "Versichertennummer"], de_insurance, True),
    "us_itin": (["ITIN", "taxpayer ID"], lambda: grouped(closed(lambda: "9" + some(DIGITS, 2), itin.is_valid, places=6), "###-##-####"), True),
    "us_driving_licence": (["driver's license", "DL number", "driver license number"], lambda: shaped(R.choice(["?#######", "?############", "#########"])), False),
    "uk_nino": (["NINO", "National Insurance number", "NI number"], nino, True),
    "uk_passport": (["UK passport", "British passport"], lambda: shaped("#########"), False),
    "uk_driving_licence": (["driving licence", "driver number", "licence no"], uk_licence, True),
    "uk_postcode": (["postcode", "post code", "postal code"], uk_postcode, True),
    "uk_vehicle_plate": (["registration", "number plate", "reg"], uk_plate, True),
    "ca_sin": (["SIN", "social insurance number", "NAS"], lambda: grouped(valid(sin, "########"), "", "### ### ###", "###-###-###"), True),
    "au_abn": (["ABN", "Australian Business Number"], lambda: grouped(valid(abn, "#########", places=2), "", "## ### ### ###"), True),
    "au_acn": (["ACN", "Australian company number"], lambda: grouped(valid(acn, "########"), "", "### ### ###"), True),
    "au_tfn": (["TFN", "tax file number"], lambda: grouped(valid(tfn, "########"), "", "### ### ###"), True),
    "de_tax_id": (["Steuer-ID", "IdNr", "Steueridentifikationsnummer"], lambda: grouped(tax_id(), "", "## ### ### ###"), True),
    "de_vat_id": (["USt-IdNr", "VAT ID", "Umsatzsteuer-ID"], lambda: "DE" + valid(de_vat, "########"), True),
    "de_id_card": (["Personalausweis", "Ausweisnummer", "Personalausweisnummer"], lambda: de_document("LMNPRTVWXYZ"), False),
    "de_passport": (["Reisepass", "Reisepassnummer", "Passnummer"], lambda: de_document("CFGHJK"), False),
    "de_social_security": (["Sozialversicherungsnummer", "Rentenversicherungsnummer", "SV-Nummer"], de_pension, True),
    "de_commercial_register": (["Handelsregister", "Amtsgericht"], lambda: f"HR{R.choice('AB')} {R.randint(100, 99999)}", True),
    "fr_nir": (["NIR", "numéro de sécurité sociale", "sécu"], lambda: grouped(french(), "", "# ## ## ## ### ### ##"), True),
    "es_nif": (["NIF", "DNI", "DNI/NIF"], lambda: grouped(valid(dni, "########", CAPITALS), "", "########-#", "##.###.###-#"), True),
    "es_nie": (["NIE", "número de extranjero"], lambda: grouped(closed(lambda: R.choice("XYZ") + some(DIGITS, 7), nie.is_valid, CAPITALS), "", "#-#######-#"), True),
    "it_fiscal_code": (["codice fiscale", "CF", "cod. fisc."], lambda: closed(italian, codicefiscale.is_valid, CAPITALS), True),
    "it_vat": (["partita IVA", "P.IVA", "P. IVA"], lambda: closed(lambda: some(DIGITS, 7) + R.choice(["015", "058", "063", "001"]), iva.is_valid), True),
    "it_id_card": (["carta d'identità", "CIE", "carta identità n."], lambda: shaped(R.choice(["??#####??", "??#######"])), False),
    "it_passport": (["passaporto", "numero passaporto"], lambda: "Y" + shaped("?#######"), False),
    "it_driving_licence": (["patente", "patente di guida n."], lambda: shaped(R.choice(["??#######?", "U1##?###??"])), False),
    "pl_pesel": (["PESEL", "nr PESEL", "numer PESEL"], lambda: closed(lambda: date("{yy}{m}{d}", 1930, 1999) + some(DIGITS, 4), pesel.is_valid), True),
    "nl_bsn": (["BSN", "burgerservicenummer"], lambda: grouped(valid(bsn, "########"), "", "####.##.###", "### ### ###"), True),
    "be_nrn": (["NRN", "rijksregisternummer", "numéro national", "INSZ", "registre national"], lambda: grouped(belgian(), "", "##.##.##-###.##", "## ## ## ### ##"), True),
    "fi_hetu": (["henkilötunnus", "HETU", "personal identity code"], lambda: closed(lambda: date("{d}{m}{yy}-", 1930, 1999) + f"{R.randint(2, 899):03}", hetu.is_valid, DIGITS + CAPITALS), True),
    "se_personnummer": (["personnummer", "pnr", "personnr"], lambda: closed(lambda: date(R.choice(["{yy}{m}{d}-", "{y}{m}{d}-"]), 1940, 1999) + some(DIGITS, 3), personnummer.is_valid), True),
    "se_organisation_number": (["org.nr", "organisationsnummer", "org nr"], lambda: grouped(closed(lambda: "55" + R.choice("6789") + some(DIGITS, 6), orgnr.is_valid), "######-####", ""), True),
    "no_fodselsnummer": (["fødselsnummer", "fnr", "personnummer"], lambda: grouped(norwegian(), "", "###### #####"), True),
    "dk_cpr": (["CPR", "CPR-nummer", "cpr-nr"], lambda: f"{date('{d}{m}{yy}', 1940, 1999)}-{some('0123', 1)}{some(DIGITS, 3)}", True),
    "tr_national_id": (["TC Kimlik No", "TCKN", "T.C. kimlik numarası"], lambda: closed(lambda: R.choice("123456789") + some(DIGITS, 8), tckimlik.is_valid, places=2), True),
    "in_aadhaar": (["Aadhaar", "Aadhaar number", "UIDAI no"], lambda: grouped(closed(lambda: R.choice("23456789") + some(DIGITS, 10), aadhaar.is_valid), "", "#### #### ####"), True),
    "in_pan": (["PAN", "PAN card", "Permanent Account Number"], lambda: f"{some(CAPITALS, 3)}{R.choice('PCHF')}{some(CAPITALS, 1)}{R.randint(1, 9999):04}{some(CAPITALS, 1)}", True),
    "in_gstin": (["GSTIN", "GST no"], lambda: closed(lambda: f"{R.choice(['27', '29', '07', '33'])}{some(CAPITALS, 3)}{R.choice('PCF')}{some(CAPITALS, 1)}{R.randint(1, 9999):04}{some(CAPITALS, 1)}1Z", gstin.is_valid, DIGITS + CAPITALS), True),
    "in_voter": (["voter id", "EPIC no", "voter card"], lambda: shaped("???#######"), False),
    "in_passport": (["Indian passport", "Indian passport no"], lambda: f"{R.choice('JKLMNPRST')}{R.randint(1, 9)}{some(DIGITS, 5)}{R.randint(1, 9)}", False),
    "in_vehicle_plate": (["vehicle no", "registration no", "RC"], lambda: R.choice(["{} {} {} {}", "{}{}{}{}", "{}-{}-{}-{}"]).format(R.choice(["MH", "DL", "KA", "TN"]), f"{R.randint(1, 30):02}", some("ABCDEFGH", 2), f"{R.randint(1, 9999):04}"), True),
    "sg_nric": (["NRIC", "FIN", "NRIC no"], fin, True),
    "sg_uen": (["UEN", "UEN no"], lambda: R.choice([lambda: valid(uen, "########", CAPITALS), lambda: closed(lambda: str(R.randint(1970, 2023)) + some(DIGITS, 5), uen.is_valid, CAPITALS)])(), True),
    "kr_rrn": (["주민등록번호", "RRN", "resident registration number"], lambda: kr("12"), True),
    "kr_frn": (["외국인등록번호", "alien registration number", "foreigner registration"], lambda: kr("5678"), True),
    "kr_brn": (["사업자등록번호", "business registration number", "BRN"], lambda: grouped(korean_business(), "###-##-#####"), True),
    "kr_driving_licence": (["운전면허번호", "운전면허"], lambda: f"{R.randint(11, 26)}-{some(DIGITS, 2)}-{some(DIGITS, 6)}-{some(DIGITS, 2)}", True),
    "kr_passport": (["여권번호", "여권", "Korean passport"], lambda: R.choice("MS") + shaped(R.choice(["########", "###?####"])), False),
    "jp_my_number": (["マイナンバー", "個人番号", "My Number"], lambda: grouped(valid(my_number, "###########"), "", "#### #### ####", "####-####-####"), True),
    "cn_resident_id": (["身份证号", "身份证", "resident ID"], lambda: closed(lambda: R.choice(["110101", "310104", "440103", "510104"]) + date("{y}{m}{d}", 1950, 2005) + some(DIGITS, 3), ric.is_valid, DIGITS + "X"), True),
    "th_tnin": (["เลขบัตรประชาชน", "Thai ID", "Thai national ID"], lambda: grouped(closed(lambda: R.choice("12345678") + some(DIGITS, 11), pin.is_valid), "", "#-####-#####-##-#"), True),
    "ph_tin": (["TIN", "BIR TIN"], lambda: shaped(R.choice(["###-###-###-000", "###-###-###"])), False),
    "za_id": (["SA ID", "ZA id", "South African ID number", "ID number", "RSA ID"], lambda: grouped(closed(lambda: date("{yy}{m}{d}", 1940, 2004) + some(DIGITS, 4) + R.choice("01") + "8", za_id.is_valid), "", "###### #### ###"), True),
    "ng_nin": (["NIN", "NIMC number", "National Identification Number"], lambda: some("123456789", 1) + some(DIGITS, 10), False),
    "br_cpf": (["CPF", "CPF nº", "CPF do cliente"], lambda: grouped(valid(cpf, "#########", places=2), "", "###.###.###-##"), True),
    "br_cnpj": (["CNPJ", "CNPJ da empresa"], lambda: grouped(valid(cnpj, "########0001", places=2), "", "##.###.###/####-##"), True),
    "mx_curp": (["CURP", "clave CURP"], lambda: closed(lambda: f"{some('ABCDEGLMPRS', 1)}{some('AEIOU', 1)}{some('BCDGLMNPR', 2)}{date('{yy}{m}{d}', 1940, 1999)}{R.choice('HM')}{R.choice(['DF', 'JC', 'NL', 'VZ'])}{some('BCDFGLMNP', 3)}{some(DIGITS, 1)}", curp.is_valid), True),
}


def korean_business():
    body = some("123456789", 1) + some(DIGITS, 2) + "81" + some(DIGITS, 4)
    total = sum(int(sign) * weight for sign, weight in zip(body, [1, 3, 7, 1, 3, 7, 1, 3, 5])) + int(body[8]) * 5 // 10
    return body + str(-total % 10)


def tax_id():
    while True:
        value = valid(idnr, "##########")
        if value[0] != "0" and not any(sign * 3 in value[:10] for sign in DIGITS):
            return value


def french():
    body = R.choice("12") + date("{yy}{m}") + f"{R.randint(1, 95):02}" + some(DIGITS, 6)
    return body + nir.calc_check_digits(body)


def italian():
    letters = "BCDFGLMNPRSTVZ"
    return f"{some(letters, 6)}{R.randint(30, 99)}{R.choice('ABCDEHLMPRST')}{R.choice([R.randint(1, 28), R.randint(41, 68)]):02}{R.choice('ABCFGHL')}{R.randint(100, 999)}"


def belgian():
    born = date("{yy}{m}{d}", 1930, 1999) + f"{R.randint(1, 997):03}"
    return f"{born}{97 - int(born) % 97:02}" if nn.is_valid(f"{born}{97 - int(born) % 97:02}") else belgian()


def norwegian():
    return closed(lambda: date("{d}{m}{yy}", 1940, 1999) + f"{R.randint(0, 499):03}", fodselsnummer.is_valid, places=2)

