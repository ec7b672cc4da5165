"""A user's folder, workers that are asked each question once, and the proof of a job."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fillproof.conformance.candidates import spec_of
from fillproof.conformance.jobs import read_job
from fillproof.conformance.proof.question import Question
from fillproof.conformance.proof.verify_job import JobOptions, JobProof, prove_job
from fillproof.conformance.suite import golden_folder, load_rules
from fillproof.conformance.tests.caching import Caching, doctor_copy

from .planted import BARS, Doctor, Prove
from .user_strategies import STRATEGIES

START = datetime(2024, 1, 2, tzinfo=UTC)
RULES = load_rules(golden_folder())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strategies and candles of a user: four hours of minutes that go up and down."""
    made = tmp_path_factory.mktemp("user")
    (made / "mine.py").write_text(STRATEGIES, encoding="utf-8")
    rows = ["timestamp,open,high,low,close"]
    price, dice = 110_000, random.Random(3)
    for bar in range(BARS):
        close = price + dice.randint(-60, 60)
        high, low = max(price, close) + bar % 5, min(price, close) - bar % 7
        time = (START + timedelta(minutes=bar)).isoformat()
        rows.append(",".join([time, *(f"{item / 1e5:.5f}" for item in (price, high, low, close))]))
        price = close
    (made / "bars.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def kept() -> Iterator[Caching]:
    found = Caching()
    yield found
    found.close()


@pytest.fixture(scope="module")
def doctored(tmp_path_factory: pytest.TempPathFactory) -> Doctor:
    copies = tmp_path_factory.mktemp("copies")
    return lambda module, old, new: doctor_copy(copies / f"{abs(hash(new))}", module, old, new)


def question(folder: Path, name: str, **more: Any) -> Question:
    job = read_job(
        strategy=f"mine.py:{name}",
        data=Path("bars.csv"),
        spread=1.0,
        symbol="EURUSD",
        folder=folder,
        **more,
    )
    return Question(job)


@pytest.fixture
def prove(folder: Path, kept: Caching) -> Prove:
    def verify_it(name: str, *candidates: str, connect: Any = kept, **options: Any) -> JobProof:
        asked = JobOptions(
            min_coverage=options.pop("min_coverage", None), require=options.pop("require", ())
        )
        specs = [spec_of(text, folder) for text in candidates]
        found = question(folder, name)
        python = spec_of("python")
        return prove_job(found, python, specs, RULES, connect=connect, options=asked, **options)

    return verify_it
