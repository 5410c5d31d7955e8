"""Opens a sealed value with nothing but docs/security/CIPHERTEXT.md and the PyPI package cryptography.

usage: decrypt.py KEY_HEX ENVELOPE_HEX TENANT_UUID SCOPE_HEX LABEL_KIND [LABEL_PART_HEX ...]

SCOPE_HEX is 00, 01 and a dataset's UUID, or 02 and a user's UUID, as hexadecimal digits without hyphens.
Prints the plaintext as hexadecimal digits; fails if the value does not open.
"""

import sys
import uuid

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC


def derive(key: bytes, half_nonce: bytes) -> bytes:
    """The key derivation of XAES-256-GCM, by the definition of CMAC rather than by its shortcut."""
    halves = []
    for counter in (1, 2):
        mac = CMAC(algorithms.AES(key))
        mac.update(bytes([0, counter]) + b"X\0" + half_nonce)
        halves.append(mac.finalize())
    return b"".join(halves)


def open_envelope(key: bytes, envelope: bytes, fields: list[bytes]) -> bytes:
    header, nonce, body = envelope[:18], envelope[18:42], envelope[42:]
    if header[:2] != b"\x01\x01":
        raise ValueError("unknown version or algorithm")
    context = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    return AESGCM(derive(key, nonce[:12])).decrypt(nonce[12:], body, header + context)


def main() -> None:
    key, envelope, tenant, scope, kind, *parts = sys.argv[1:]
    fields = [uuid.UUID(tenant).bytes, bytes.fromhex(scope), bytes([int(kind)])]
    fields += [bytes.fromhex(part) for part in parts]
    print(open_envelope(bytes.fromhex(key), bytes.fromhex(envelope), fields).hex())


if __name__ == "__main__":
    main()
