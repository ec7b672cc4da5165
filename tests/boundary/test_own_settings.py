"""Settings of a user's own classes are asked each time; what ours say once leads to the same."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof.errors import CrossedBarsWarning, ExitBufferWarning

from .test_jumps import CASES, play, seen

EXAMPLES = int(os.environ.get("FILLPROOF_SETTINGS_EXAMPLES", "60"))
NAMES = os.environ.get("FILLPROOF_TEST_BACKENDS", "python,cython").split(",")
OWN = ("SlippageModel", "FeeModel", "FixedLots", "RiskAmount", "SymbolSpec")
FEES = st.fixed_dictionaries(
    {
        "per_lot": st.sampled_from([0.0, 3.5]),
        "per_million": st.sampled_from([0.0, 20.0]),
        "percent": st.sampled_from([0.0, 0.01]),
        "minimum": st.sampled_from([0.0, 0.0, 2.5]),
    }
)


class Given:
    """A backend with other fees, whose settings may be of classes that a user derived from them."""

    def __init__(self, backend: ModuleType, fees: dict[str, float], *, derived: bool) -> None:
        self._backend = backend
        self._fees = fees
        self._derived = {
            name: type(name, (getattr(backend, name),), {}) if derived else getattr(backend, name)
            for name in OWN
        }

    def __getattr__(self, name: str) -> Any:
        return self._derived.get(name) or getattr(self._backend, name)

    def FeeModel(self, **_: float) -> Any:  # noqa: N802  (the backend's name)
        return self._derived["FeeModel"](**self._fees)


@pytest.mark.parametrize("name", [name for name in ("python", "cython") if name in NAMES])
def test_prop_settings_that_are_read_once_are_those_that_are_asked(
    name: str, backends: dict[str, ModuleType]
) -> None:
    tally: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(CASES, FEES)
    def prop(case: dict[str, Any], fees: dict[str, float]) -> None:
        with warnings.catch_warnings():
            for category in (CrossedBarsWarning, ExitBufferWarning):
                warnings.simplefilter("ignore", category)
            asked = seen(*play(Given(backends[name], fees, derived=True), case))
            executor, portfolio = play(Given(backends[name], fees, derived=False), case)
        assert seen(executor, portfolio) == asked, (case, fees)
        tally.update(rejection.rule for rejection in executor.rejected_signals)
        tally["exits"] += len(portfolio.exits)

    prop()
    assert tally["exits"] > EXAMPLES
    assert min(tally[rule] for rule in ("S3.sides", "S3.distance", "S3.not_finite")) > 0
