"""Trades of any platform held against candles, as post-conditions.

`audit` takes a `TradeList` and the `Market` it was traded in and gives an `Audit`: findings, each
with how grave it is, where, what the list says and what the candles allow, and what it makes.
"""

from __future__ import annotations

from .auditor import Audit, Options, audit
from .books import Volumes
from .findings import KINDS, SEVERITIES, Finding
from .market import Market

__all__ = ["KINDS", "SEVERITIES", "Audit", "Finding", "Market", "Options", "Volumes", "audit"]
