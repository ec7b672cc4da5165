"""What else is looked at in an example: the auditor as a third opinion, and the future."""

from __future__ import annotations

from collections import Counter

from fillproof import cli_run
from fillproof.cli_settings import Settings

from ..audit import Market, Options, audit
from ..jobs import Job
from ..lookahead import JobBench, examine
from ..outcome import Outcome
from ..trade_logs.own import trades_of
from .arena import Differs

__all__ = ["audited", "looked_ahead"]

_PLACES = 6
# What a user may ask for and an auditor has to call impossible, or does not know.
_OWN_WAYS = {
    "preset": ("canonical",),
    "market_fill": ("close", "next_open"),
    "gap_fill": ("open",),
    "exit_buffer_pips": (0, 0.0),
}


def looked_ahead(job: Job, seed: int, tally: Counter[str], backend: str) -> None:
    """Cut the future of an example off at some bars.

    Raises
    ------
    Differs
        Its signals depend on later bars.
    """
    try:
        found = examine(JobBench(job, backend=backend), points=_PLACES, seed=seed)
    except ValueError:
        # The run itself fails, which the comparison of the sides is about.
        tally["future cut off: not possible"] += 1
        return
    tally[f"future cut off: {found.verdict}"] += 1
    if found.finding is not None:
        told = f"bar {found.finding.bar}, {found.finding.time}: {found.finding.kind}"
        raise Differs("look-ahead", found.label, f"the strategy looks ahead: {told}")


def audited(job: Job, outcome: Outcome, tally: Counter[str]) -> None:
    """Let the auditor judge the trades of the reference by the candles alone.

    Only what is called impossible counts, and only under settings by which fills have to be
    possible.

    Raises
    ------
    Differs
        A trade that no market gave that made these candles.
    """
    settings = job.settings
    if not _plain(settings) or outcome.get("error") is not None:
        return
    trades = outcome.get("trades") or {}
    rows = [row for group in ("closed", "parts", "open") for row in trades.get(group) or []]
    if not rows:
        return
    pair = cli_run.candles(settings)
    spec = settings.spec_fields(pair.symbol)
    market = Market(pair.symbol, pair.bid, pair.ask, pip=spec.pip_size, digits=spec.digits)
    listed = trades_of(rows, job.label, {"converted": settings.account is not None})
    slippage = settings.slippage
    slips = float(slippage.get("fixed_pips", 0.0)) + float(slippage.get("random_pips", 0.0))
    found = audit(listed, market, Options(slippage_pips=slips))
    tally["audited"] += 1
    faults = [one for one in found.findings if one.severity == "impossible"]
    if faults:
        one = faults[0]
        raise Differs(
            "audit",
            "the auditor",
            f"order {one.number}, {one.fill}: {one.kind}: the list says {one.says}, the candles "
            f"allow {one.allows}",
        )


def _plain(settings: Settings) -> bool:
    policy = settings.policy
    return all(policy.get(name, values[0]) in values for name, values in _OWN_WAYS.items())
