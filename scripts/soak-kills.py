#!/usr/bin/env python3
"""Kills a development server with SIGKILL, again and again, while clients write to it under idempotency keys.

A client repeats a request under its key until it is acknowledged, as a careful program would. At the end
  - every acknowledged record is there exactly once, under the id of its acknowledgement, and no other one is;
  - every read model, built anew from the log, has the same rows as before.

Needs psql in the PATH. Exit code 0 when all of this holds.
"""

import argparse
import collections
import hashlib
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

WRITERS = 8
BATCH_RECORDS = 20
READY_LIMIT_S = 90
STOP_LIMIT_S = 60
REQUEST_LIMIT_S = 20
# Between a start and the next kill, in seconds: from a server that has just begun to one in full work.
KILL_AFTER_S = (0.05, 1.5)
# Answers after which a client may try again.
TRY_AGAIN = {429, 502, 503, 504}


class Failure(Exception):
    """The vault did not keep a promise."""


def say(text):
    print(f"soak-kills: {text}", flush=True)


class Server:
    """The process, started and killed; its PostgreSQL survives and is taken over by the next start."""

    def __init__(self, binary, data_dir, port):
        self.binary, self.data_dir, self.port = binary, pathlib.Path(data_dir), port
        self.process = None

    def start(self):
        with open(self.data_dir / "server.log", "ab") as log:
            command = [self.binary, "dev", "--data-dir", str(self.data_dir), "--port", str(self.port)]
            self.process = subprocess.Popen(
                [*command, "--metrics-port", "0"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for(self.is_ready, READY_LIMIT_S, "the server was not ready")

    def is_ready(self):
        if self.process.poll() is not None:
            raise Failure(f"the server ended with {self.process.returncode}, see {self.data_dir}/server.log")
        try:
            return ask(self.port, "GET", "/health/ready", limit_s=5)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_LIMIT_S)
        elif pid := self.postmaster("pid"):
            os.kill(pid, signal.SIGINT)  # fast shutdown

    def postmaster(self, field):
        """What the pid file of its PostgreSQL says; None when there is none."""
        try:
            lines = (self.data_dir / "postgres/cluster/postmaster.pid").read_text().splitlines()
            return int(lines[{"pid": 0, "port": 3}[field]])
        except (FileNotFoundError, IndexError):
            return None

    def query(self, sql):
        """The rows of a query, as text."""
        environment = {**os.environ, "PGPASSFILE": str(self.data_dir / "postgres/pgpass")}
        where = ["-h", "127.0.0.1", "-p", str(self.postmaster("port")), "-U", "vault", "-d", "vault"]
        command = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", *where, "-c", sql]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def rebuild(self):
        """Builds every read model anew, beside the running server."""
        command = [self.binary, "projections", "--data-dir", str(self.data_dir), "rebuild"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"the rebuild failed: {done.stderr}")


def wait_for(condition, limit_s, complaint):
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{complaint} in {limit_s} s")
        time.sleep(0.02)


def ask(port, method, path, body=None, headers=None, limit_s=REQUEST_LIMIT_S):
    """One request on a connection of its own; status, headers and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit_s)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, answer.headers, text
    finally:
        connection.close()


class Client:
    """Asks until there is an answer, with the same key each time."""

    def __init__(self, port):
        self.port, self.token, self.repeats = port, None, 0

    def login(self):
        account = {"email": "admin@example.com", "password": "admin123"}
        self.token = json.loads(self.insist("POST", "/auth/login", account))["access_token"]

    def insist(self, method, path, body=None, expected=(200, 201), headers=None):
        deadline = time.monotonic() + READY_LIMIT_S
        while True:
            bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            try:
                status, _, text = ask(self.port, method, f"/api/v1{path}", body, {**bearer, **(headers or {})})
            except (OSError, http.client.HTTPException) as error:
                status, text = None, repr(error).encode()
            if status in expected:
                return text
            if status == 401 and self.token:
                self.token = None
                self.login()
            elif status is not None and status not in TRY_AGAIN:
                raise Failure(f"{method} {path} answered {status}: {text.decode(errors='replace')}")
            if time.monotonic() > deadline:
                raise Failure(f"{method} {path} was not answered: {text.decode(errors='replace')}")
            self.repeats += 1
            time.sleep(0.02)


class Writers:
    """Clients that write records which nothing but their idempotency keys keeps from being written twice."""

    def __init__(self, port, dataset):
        self.port, self.dataset = port, dataset
        self.acknowledged, self.repeats, self.failure = {}, 0, None
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.guarded, args=(number,)) for number in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def guarded(self, number):
        try:
            self.write(number)
        except Exception as error:  # told by the main thread
            self.failure = self.failure or error

    def write(self, number):
        client = Client(self.port)
        client.login()
        count = 0
        while not self.stopping.is_set() and not self.failure:
            names = [f"{number}-{count + index}" for index in range(BATCH_RECORDS if count % 5 == 4 else 1)]
            count += len(names)
            ids = self.add(client, names, "respond-async" if count % 2 else None)
            with self.lock:
                self.acknowledged.update(zip(names, ids, strict=True))
        with self.lock:
            self.repeats += client.repeats

    def add(self, client, names, prefer):
        headers = {"Idempotency-Key": str(uuid.uuid4()), **({"Prefer": prefer} if prefer else {})}
        records = [{"data": {"name": name, "text": f"Call {name}@example.com or 312-555-0143."}} for name in names]
        path = f"/datasets/{self.dataset}"
        if len(records) == 1:
            return [json.loads(client.insist("POST", f"{path}/records", records[0], headers=headers))["id"]]
        body = {"records": records}
        report = json.loads(client.insist("POST", f"{path}/versions/draft/records", body, headers=headers))
        if report["failed"]:
            raise Failure(f"records were refused: {report['failed'][:3]}")
        return [record["id"] for record in report["created"]]

    def count(self):
        if self.failure:
            raise self.failure
        with self.lock:
            return len(self.acknowledged)

    def finish(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.count()


def check_records(client, dataset, acknowledged):
    """Every acknowledged record once, and no other."""
    found, cursor = collections.defaultdict(list), ""
    while cursor is not None:
        page = f"/datasets/{dataset}/versions/draft/records?limit=1000{cursor and '&cursor=' + cursor}"
        answer = json.loads(client.insist("GET", page))
        for item in answer["items"]:
            found[item["data"]["name"]].append(item["id"])
        cursor = answer.get("next_cursor")
    for name, record in acknowledged.items():
        if found.get(name) != [record]:
            raise Failure(f"record {name} was acknowledged as {record} and is there as {found.get(name)}")
    if strangers := found.keys() - acknowledged.keys():
        raise Failure(f"{len(strangers)} records are there that nobody was told of: {sorted(strangers)[:5]}")


def read_models(server):
    """A digest of each read model's rows."""
    tables = server.query("SELECT tablename FROM pg_tables WHERE schemaname = 'read_models' ORDER BY 1").split()
    digests = {}
    for table in tables:
        rows = server.query(f'SELECT r::text FROM read_models."{table}" r ORDER BY 1')
        digests[table] = (rows.count("\n"), hashlib.sha256(rows.encode()).hexdigest())
    if not any(count for count, _ in digests.values()):
        raise Failure("there are no read models to compare")
    return digests


def check_rebuild(server):
    before = read_models(server)
    server.rebuild()
    after = read_models(server)
    for table in before.keys() | after.keys():
        if before.get(table) != after.get(table):
            raise Failure(f"{table} was {before.get(table)} and is {after.get(table)} after its rebuild")
    return before


def soak(server, kills, chance):
    server.start()
    client = Client(server.port)
    client.login()
    name = f"kills-{uuid.uuid4().hex[:12]}"
    dataset = json.loads(client.insist("POST", "/datasets", {"name": name}))["id"]
    writers = Writers(server.port, dataset)
    try:
        for number in range(1, kills + 1):
            time.sleep(chance.uniform(*KILL_AFTER_S))
            server.kill()
            server.start()
            before = writers.count()
            wait_for(lambda: writers.count() > before, READY_LIMIT_S, "nothing more was acknowledged")
            if number % 10 == 0 or number == kills:
                say(f"{number}/{kills} kills, {writers.count()} records acknowledged")
    finally:
        writers.stopping.set()
    writers.finish()
    # Answers when the read models show it, and with it all that came before.
    last = {"data": {"name": "last", "text": "the last one"}}
    path = f"/datasets/{dataset}/records"
    last_id = json.loads(client.insist("POST", path, last, headers={"Idempotency-Key": str(uuid.uuid4())}))["id"]
    acknowledged = {**writers.acknowledged, "last": last_id}
    check_records(client, dataset, acknowledged)
    tables = check_rebuild(server)
    rows = ", ".join(f"{table} {count}" for table, (count, _) in sorted(tables.items()))
    say(f"PASSED: {len(acknowledged)} records once each, {writers.repeats} requests repeated, rebuilt alike ({rows})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the vault-server binary")
    parser.add_argument("--data-dir", required=True, help="a folder that user postgres can enter")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None, help="for the same moments again")
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.seed is None else options.seed
    say(f"{options.kills} kills, seed {seed}")
    server = Server(options.server, options.data_dir, options.port)
    try:
        soak(server, options.kills, random.Random(seed))
    except Failure as failure:
        say(f"FAILED: {failure}")
        return 1
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
