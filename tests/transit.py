"""A stand-in for OpenBao's transit engine: the wire format of `encrypt` and `decrypt`, with real authentication of the
associated data. Prints its port, and ends with its input.

usage: transit.py TOKEN
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = os.urandom(32)


def keystream(nonce: bytes, length: int) -> bytes:
    blocks = (hmac.digest(KEY, nonce + bytes([n]), "sha256") for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def tag(nonce: bytes, body: bytes, bound: bytes) -> bytes:
    return hmac.digest(KEY, b"tag" + nonce + hashlib.sha256(bound).digest() + body, "sha256")


def encrypt(fields: dict) -> dict:
    plain = base64.b64decode(fields["plaintext"], validate=True)
    bound = base64.b64decode(fields["associated_data"], validate=True)
    nonce = os.urandom(12)
    body = bytes(a ^ b for a, b in zip(plain, keystream(nonce, len(plain))))
    sealed = base64.b64encode(nonce + tag(nonce, body, bound) + body).decode()
    return {"ciphertext": f"vault:v1:{sealed}", "key_version": 1}


def decrypt(fields: dict) -> dict:
    prefix, version, sealed = fields["ciphertext"].split(":")
    sealed = base64.b64decode(sealed, validate=True)
    bound = base64.b64decode(fields["associated_data"], validate=True)
    nonce, mac, body = sealed[:12], sealed[12:44], sealed[44:]
    if (prefix, version) != ("vault", "v1") or not hmac.compare_digest(mac, tag(nonce, body, bound)):
        raise ValueError("cipher: message authentication failed")
    plain = bytes(a ^ b for a, b in zip(body, keystream(nonce, len(body))))
    return {"plaintext": base64.b64encode(plain).decode()}


OPERATIONS = {"/v1/transit/encrypt/vault": encrypt, "/v1/transit/decrypt/vault": decrypt}


class Engine(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = OPERATIONS.get(self.path)
        if self.headers["X-Vault-Token"] != sys.argv[1]:
            return self.answer(403, {"errors": ["permission denied"]})
        if operation is None:
            return self.answer(404, {"errors": []})
        try:
            self.answer(200, {"data": operation(json.loads(body))})
        except (KeyError, ValueError) as error:
            self.answer(400, {"errors": [str(error)]})

    def answer(self, status: int, body: dict):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
