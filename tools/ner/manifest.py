#!/usr/bin/env python3
"""Writes model.json beside model.bin: what it is, and what it was made from.

    manifest.py FOLDER WORK
"""
import hashlib
import json
import sys
from pathlib import Path

folder, work = Path(sys.argv[1]), Path(sys.argv[2])


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


model = folder / "model.bin"
packages = [line for line in (Path(__file__).parent / "requirements.txt").read_text().split("\n") if line and line[0] != "#"]
manifest = {
    "sha256": sha256(model),
    "bytes": model.stat().st_size,
    "command": "make train-ner",
    "packages": packages,
    "data": {path.name: sha256(path) for path in sorted((work / "data").iterdir())},
}
(folder / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")
