"""Puts all cases to Fillproof and to the peers and prints who agrees.

Ends with 0 where every difference is explained, 1 where one is not, 2 where nothing was compared,
3 where a system could not be run.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from pathlib import Path

from fillproof.errors import BackendUnavailable

from .peers import PEERS, PeerFailed
from .report import render, to_json
from .session import run
from .signals import KINDS, make_cases


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.oracles")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--peers", default=",".join(PEERS), help="by commas")
    parser.add_argument("--backends", default="python,rust", help="by commas; all must be equal")
    parser.add_argument("--seeds", type=int, default=3, help="made series of each sort")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of orders, by commas")
    parser.add_argument("--only", default="*", help="pattern over the names of cases")
    parser.add_argument("--json", type=Path, help="write what was found to this file")
    options = parser.parse_args(arguments)
    cases = [
        case
        for case in make_cases(options.seeds, tuple(options.kinds.split(",")))
        if fnmatch.fnmatchcase(case.name, options.only)
    ]
    try:
        peers = [PEERS[name] for name in options.peers.split(",")]
        found = [run(peer, cases, options.python, options.backends.split(",")) for peer in peers]
    except (PeerFailed, BackendUnavailable, ImportError, OSError, KeyError, ValueError) as error:
        print(f"error: {error!r}", file=sys.stderr)
        return 3
    print(render(found))
    if options.json is not None:
        options.json.write_text(json.dumps([to_json(one) for one in found], indent=1) + "\n")
    if any(one.faults() for one in found):
        return 1
    return 0 if all(one.total().equal for one in found) else 2


if __name__ == "__main__":
    sys.exit(main())
