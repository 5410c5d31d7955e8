#!/usr/bin/env python3
"""The figures of `vault-server privacy evaluate` for Presidio's pattern recognizers, on the same labelled texts.

    python3 -m venv presidio && presidio/bin/pip install presidio-analyzer==2.2.366
    presidio/bin/python compare_presidio.py support-chats.jsonl.gz

Pattern recognizers alone: models of language are not part of the package. Offsets must be exact, the score at least 0.5.
"""
import gzip
import json
import sys
import time
from collections import Counter

from presidio_analyzer import EntityRecognizer, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

TYPES = {"EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "US_SSN": "us_ssn", "CREDIT_CARD": "credit_card", "IBAN_CODE": "iban",
         "IP_ADDRESS": "ip_address", "URL": "url", "US_PASSPORT": "us_passport", "MAC_ADDRESS": "mac_address", "DATE_TIME": "date_of_birth",
         "CRYPTO": "crypto_wallet", "MEDICAL_LICENSE": "us_dea", "US_BANK_NUMBER": "us_bank_account", "ABA_ROUTING_NUMBER": "us_aba_routing",
         "US_DRIVER_LICENSE": "us_driving_licence", "UK_NINO": "uk_nino", "IN_VEHICLE_REGISTRATION": "in_vehicle_plate",
         "SG_NRIC_FIN": "sg_nric", "ES_NIF": "es_nif", "IT_VAT_CODE": "it_vat", "IT_IDENTITY_CARD": "it_id_card",
         "IT_DRIVER_LICENSE": "it_driving_licence", "FI_PERSONAL_IDENTITY_CODE": "fi_hetu", "UK_VEHICLE_REGISTRATION": "uk_vehicle_plate",
         "UK_DRIVING_LICENCE": "uk_driving_licence"}
# Others have our names in capitals. Conversations call this type otherwise.
NAMES = {"ssn": "us_ssn"}
LANGUAGES = ["en", "es", "it", "pl", "fi", "de", "ko", "sv", "tr", "th"]


def recognizers():
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=LANGUAGES)
    found = [one for one in registry.recognizers if isinstance(one, PatternRecognizer)]
    phone = [one for one in registry.recognizers if isinstance(one, PhoneRecognizer)]
    return found + phone


def findings(all_recognizers, text):
    results = []
    for one in all_recognizers:
        results += one.analyze(text, one.supported_entities, None) or []
    results = EntityRecognizer.remove_duplicates([result for result in results if result.score >= 0.5])
    return {(result.start, result.end, TYPES.get(result.entity_type, result.entity_type.lower())) for result in results}


def main():
    used = recognizers()
    labelled, found, reported, right, size, took = Counter(), Counter(), Counter(), Counter(), 0, 0.0
    opened = gzip.open if sys.argv[1].endswith(".gz") else open
    for line in opened(sys.argv[1], "rt"):
        chat = json.loads(line)
        for number, message in enumerate(chat.get("messages", [{"content": chat.get("text")}])):
            text = message["content"]
            labels = {(one["start"], one["end"], NAMES.get(one["type"], one["type"])) for one in chat["pii"] if one.get("message", 0) == number}
            started = time.process_time()
            results = findings(used, text)
            took += time.process_time() - started
            size += len(text.encode())
            labelled.update(kind for _, _, kind in labels)
            reported.update(kind for _, _, kind in results)
            found.update(kind for _, _, kind in labels & results)
    right = found
    print(f"{size / 1e6:.1f} MB, {size / 1e6 / took:.3f} MB per second of CPU, {len(used)} recognizers")
    print(f"{'type':<24}{'labelled':>9}{'precision':>10}{'recall':>8}{'F2':>8}")
    for kind in sorted(labelled | reported):
        precision = right[kind] / reported[kind] if reported[kind] else 0.0
        recall = found[kind] / labelled[kind] if labelled[kind] else 0.0
        f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
        print(f"{kind:<24}{labelled[kind]:>9}{precision:>10.3f}{recall:>8.3f}{f2:>8.3f}")


if __name__ == "__main__":
    main()
