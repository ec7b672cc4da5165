"""Adds to the divergence of a verified job whether it is a root."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..client import WorkerCrashed, WorkerSilent
from ..given import gives_all
from .origin import not_told
from .replayed_job import origin_of_job

if TYPE_CHECKING:
    from ..proof.side import Side
    from ..proof.verify_job import Held, JobProof

__all__ = ["explain_origin"]

# Whole traces of both sides are held for it.
_MOST_BARS = 100_000


def explain_origin(proof: JobProof, held: Held) -> None:
    """Tell in `held.parting.story` whether the divergence is a root; a hook of `prove_job`."""
    parting = held.parting
    if parting is None:
        return
    if not gives_all(held.side.hello):
        parting.story["origin"] = not_told(f"{held.side.label} cannot take over a state")
        return
    bars = len(proof.question.pair.bid)
    if bars > _MOST_BARS:
        why = f"{bars:,} bars are too many to go on with; give it those around bar {parting.bar}"
        parting.story["origin"] = not_told(why)
        return
    try:
        parting.story["origin"] = _tell(proof, held)
    except (WorkerCrashed, WorkerSilent) as error:
        parting.story["origin"] = not_told(f"a side fell while it was asked: {error}")


def _tell(proof: JobProof, held: Held) -> dict[str, Any]:
    request = proof.question.request
    left, right = (_asker(side, proof.options.seconds) for side in (proof.reference, held.side))
    run = left({**request, "record": True, "curve": True})["outcome"]
    made = left({**request, "do": "job_case", "given": run.get("given") or {}})["outcome"]
    if "case" not in made:
        return not_told(f"the run cannot be told as a case: {made.get('lost')}")
    assert held.parting is not None
    return origin_of_job(made["case"], held.parting.difference, run, left, right)


def _asker(side: Side, seconds: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Ask past the side itself: an explanation that fails must not change the verdict."""
    client = side.client
    assert client is not None
    return lambda request: client.ask(request, seconds)
