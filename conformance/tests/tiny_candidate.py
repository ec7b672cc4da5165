"""A program of a few lines that is a candidate, and what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from fillproof.conformance.adapters.adapter_file import ForeignSpec
from fillproof.conformance.adapters.fields import LEAST_FIELDS
from fillproof.conformance.adapters.foreign import ForeignClient

from .conftest import TOUCH

HELLO = {"protocol": 1, "name": "tiny", "version": "3", "trade_fields": list(LEAST_FIELDS)}

TRADE = {"direction": "long", "entry_price": 1.5, "exit_price": 2, "exit_time_us": 60}

REQUEST = {"do": "case", "case": TOUCH}

HEAD = "import json, os, sys, time\nsay = lambda m: print(json.dumps(m), flush=True)\n"

ECHO = """
for line in sys.stdin:
    request = json.loads(line)
    answer = {"trades": [TRADE]}
    say({"id": request["id"], "outcome": answer})
"""


def started(tmp_path: Path, body: str, hello: dict[str, Any] | None = None) -> ForeignClient:
    """Start a program that says a hello and then does what `body` says."""
    code = f"{HEAD}TRADE = {TRADE!r}\nsay({HELLO if hello is None else hello!r})\n{body}"
    path = tmp_path / "candidate.py"
    path.write_text(code, encoding="utf-8")
    command = (sys.executable, "-S", "-E", str(path))
    return ForeignClient(ForeignSpec("tiny", "adapter", command, start_seconds=10.0))
