"""Counts what the Rust engine executes: the counters of a build that is instrumented for coverage.

Every region of the source has one, whichever function it is in, so nothing has to be marked and
nothing can be forgotten; what the standard library does for a call, such as moving memory, is not
among them.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "count_operations"
# Layout of a raw profile (LLVM's InstrProfData.inc): sixteen numbers, then its parts.
MAGIC, VERSION, HEADER, RECORD = 0xFF6C70726F667281, 10, 16, 64


class Counted:
    """The engine's example `count_operations`, built to count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        target = ROOT / "target" / "counted"
        environment = {k: v for k, v in os.environ.items() if k != "CARGO_ENCODED_RUSTFLAGS"}
        environment |= {
            # Each region counts as often as it is entered, whatever is made of it: build quickly.
            "CARGO_PROFILE_DEV_DEBUG": "false",
            "CARGO_PROFILE_DEV_OPT_LEVEL": "0",
            "CARGO_TARGET_DIR": str(target),
            "LLVM_PROFILE_FILE": os.devnull,
            "RUSTFLAGS": "-Cinstrument-coverage",
        }
        command = ["cargo", "build", "--quiet", "--locked", "-p", "fillproof-engine"]
        made = subprocess.run(
            [*command, "--example", EXAMPLE],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        self._program = target / "debug" / "examples" / EXAMPLE

    def of(self, operation: str, positions: int, times: int = 1) -> int:
        """Return what doing an operation so many times executes, preparations aside."""
        return self._run(operation, positions, times) - self._run(operation, positions, 0)

    def _run(self, operation: str, positions: int, times: int) -> int:
        profile = self._folder / "counts.profraw"
        subprocess.run(
            [self._program, operation, str(positions), str(times)],
            env={**os.environ, "LLVM_PROFILE_FILE": str(profile)},
            check=True,
        )
        return total_of(profile.read_bytes())


def total_of(profile: bytes) -> int:
    """Add up all counters of a raw profile."""
    magic, version, ids, records, before, counters, after, *_ = numbers = struct.unpack_from(
        f"<{HEADER}Q", profile
    )
    assert (magic, version & 0xFFFF) == (MAGIC, VERSION), "a raw profile of another layout"
    first = 8 * HEADER + ids + RECORD * records + before
    # The names end the file, filled up to eight bytes: the parts are as long as they should be.
    names = numbers[9]
    assert first + 8 * counters + after + names + -names % 8 == len(profile)
    return sum(struct.unpack_from(f"<{counters}Q", profile, first))


def build(folder: Path) -> Counted:
    """Build it, or skip the test where there is no cargo."""
    if shutil.which("cargo") is None:
        if os.environ.get("FILLPROOF_REQUIRE_ALL_BACKENDS"):
            pytest.fail("cargo is not on the path")
        pytest.skip("cargo is not on the path")
    return Counted(folder)
