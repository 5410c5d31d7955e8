"""Who calls, for schemathesis: a user with the role that is held to the document, and another as soon as that one is locked out.

What is called with every right ends sessions, disables users and takes passwords away, the caller's own too. Without a caller who is
let in the rest of a run would see nothing but 401.
"""

import json
import os
import subprocess
import urllib.error
import urllib.request
import uuid

import schemathesis

URL = os.environ["CONTRACT_URL"]
ROLE = os.environ["CONTRACT_ROLE"]
PASSWORD_FILE = os.environ["CONTRACT_PASSWORD_FILE"]
CREATE_USER = [
    os.environ["CONTRACT_SERVER_BIN"], "users", "--data-dir", os.environ["CONTRACT_DATA_DIR"], "create",
    "--tenant", os.environ["CONTRACT_TENANT"], "--role", ROLE, "--password-file", PASSWORD_FILE,
]  # fmt: skip
# A caller is looked at so often, though no answer said that it is locked out: 401 is a good answer to much.
LOOKED_AT_S = 5


def call(path, token=None, body=None):
    request = urllib.request.Request(
        f"{URL}/api/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def is_let_in(token):
    try:
        call("/auth/me", token)
    except urllib.error.HTTPError as error:
        if error.code == 401:
            return False
        raise
    return True


def new_caller():
    email = f"{ROLE}-{uuid.uuid4()}@contract.example.com"
    subprocess.run([*CREATE_USER, "--email", email], check=True, stdout=subprocess.DEVNULL)
    with open(PASSWORD_FILE, encoding="utf-8") as file:
        return call("/auth/login", body={"email": email, "password": file.read().strip()})["access_token"]


@schemathesis.auth(refresh_interval=LOOKED_AT_S)
class Caller:
    token = None

    def get(self, case, context):
        if self.token is None or not is_let_in(self.token):
            self.token = new_caller()
        return self.token

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"
