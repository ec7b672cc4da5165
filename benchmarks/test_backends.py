"""Backends against each other and against a bare loop.

A time is taken only after the digest of the same run has been found equal to the reference's.
Nothing here fails for being slow. ``FILLPROOF_BENCH_BARS`` sets the number of bars (1,000,000).
"""

from __future__ import annotations

from typing import Any

import pytest

from fillproof import backends

from .cases import CALLBACKS, CASES, Run, bare_loop

#: The plain reference takes seconds for what takes the others milliseconds.
ROUNDS = {"python": 2, "cython": 5, "rust": 9}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", backends.NAMES)
def test_backend(benchmark: Any, bars: Any, reference: Any, name: str, case: str) -> None:
    found = backends.status(name)
    if not found.ok:
        pytest.skip(f"{name}: {found.detail}")
    engine = backends.load(name)
    candles = bars.candles(name)
    checked = Run(engine, case, *candles)
    checked.run()
    digest = checked.digest()
    assert digest == reference(case), "another result: no time"
    benchmark.extra_info.update(
        case=case, backend=name, bars=bars.count, digest=digest, build=found.info
    )
    benchmark.pedantic(
        lambda run: run.run(),
        setup=lambda: ((Run(engine, case, *candles),), {}),
        rounds=ROUNDS[name],
    )


@pytest.mark.parametrize("case", CALLBACKS)
def test_bare_loop(benchmark: Any, bars: Any, case: str) -> None:
    benchmark.extra_info.update(case=case, backend="bare loop", bars=bars.count)
    benchmark.pedantic(bare_loop(case, bars.list_of_candles()), rounds=5, warmup_rounds=1)
