"""The last time that was told or read is remembered; each must come out as if it were not."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType

import pytest

from fillproof.backends import load

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_US = 60_000_000
REFERENCES = ("python", "cython")
LEAST_US, MOST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
ELSEWHERE = timezone(timedelta(hours=3))


class OwnTime(datetime):
    """A datetime of a user's own class."""


@pytest.fixture(params=REFERENCES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return sys.modules[load(request.param).Candle.__module__]


def plain(time_us: int) -> datetime:
    """Tell a time by the calendar alone."""
    return EPOCH + timedelta(microseconds=time_us)


@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_times(module: ModuleType, seed: int) -> None:
    """Steady bars, bars left out, the same again, far away and back, to and fro."""
    draw = random.Random(seed)
    time_us = draw.randrange(-MINUTE_US, 10**15)
    step_us = draw.choice([1, MINUTE_US, 3_600_000_000, -MINUTE_US])
    for _ in range(300):
        move = draw.random()
        if move < 0.6:
            time_us += step_us
        elif move < 0.7:
            time_us += step_us * draw.randrange(-5, 6)
        elif move < 0.75:
            step_us = draw.choice([7, MINUTE_US, 86_400_000_000, -step_us])
        elif move < 0.8:
            time_us = draw.choice([0, LEAST_US, MOST_US, draw.randrange(10**15)])
        time_us = min(max(time_us, LEAST_US), MOST_US)
        told = module.from_time_us(time_us)
        assert told == plain(time_us)
        assert (told.tzinfo, type(told)) == (UTC, datetime)
        given = draw.choice([told, plain(time_us), OwnTime.fromisoformat(told.isoformat())])
        if 0 < time_us < 10**16 and draw.random() < 0.3:
            given = plain(time_us - 1).astimezone(ELSEWHERE)
        expected = (given - EPOCH) // timedelta(microseconds=1)
        assert module.to_time_us(given, "time") == expected
        assert module.to_time_us(given, "time") == expected


def test_a_time_out_of_range_is_no_step(module: ModuleType) -> None:
    """What cannot be told is refused, wherever the time before was, and changes nothing."""
    for before in (0, LEAST_US, MOST_US):
        assert module.from_time_us(before) == plain(before)
        for beyond in (LEAST_US - 1, MOST_US + 1, 2**63 - 1, -(2**63)):
            with pytest.raises(OverflowError):
                module.from_time_us(beyond)
        assert module.from_time_us(before) == plain(before)


def test_a_naive_time_is_never_the_one_before(module: ModuleType) -> None:
    told = module.from_time_us(MINUTE_US)
    with pytest.raises(ValueError, match="time zone"):
        module.to_time_us(told.replace(tzinfo=None), "time")
