"""Copies of the reference for these tests, and the types of what its fixtures make."""

from __future__ import annotations

from collections.abc import Callable

from fillproof.conformance.proof.verify_job import JobProof

BARS = 240
SAME = ("exits.py", "reason = position.stop_reason", "reason = position.stop_reason + ''")
EARLY_STOP = ("exits.py", "quote.bid_low <= near_stop", "quote.bid_low <= near_stop + 0.00012")
Doctor = Callable[[str, str, str], str]
Prove = Callable[..., JobProof]
