"""The chained digest: equal exactly if every event is, and bisected to the first bar."""

from __future__ import annotations

import copy
from pathlib import Path
from types import ModuleType

import pytest

import pyengine
from fillproof import golden
from fillproof.conformance import play
from fillproof.conformance.records import chain as chains
from fillproof.conformance.records.chain import LINK, Chain, chain, first_bar

BARS = 200


def _events() -> list[dict]:
    events = []
    for bar in range(3, 3 + BARS):
        for kind in ("bar", "equity"):
            events.append(
                {"seq": len(events), "bar": bar, "kind": kind, "price": 1.1 + bar, "rule": ""}
            )
    return events


def test_there_are_32_bytes_a_bar() -> None:
    made = chain(_events())
    assert (made.first, len(made), len(made.links)) == (3, BARS, BARS * LINK)
    assert made.last == made.link(made.bars.stop - 1).hex()


@pytest.mark.parametrize("bar", [3, 4, 99, 100, 101, 201, 202])
@pytest.mark.parametrize(
    "change", [("price", 1.0000000000000002), ("rule", "x"), ("price", None), ("new", 1)]
)
def test_any_change_is_found_at_its_bar(bar: int, change: tuple) -> None:
    one, other = _events(), _events()
    name, value = change
    other[2 * (bar - 3)][name] = value
    assert first_bar(chain(one), chain(other)) == bar
    assert first_bar(chain(other), chain(one)) == bar


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 1.0), (1, True), (0.0, -0.0), (None, ""), ("1", 1), ([1, 2], [[1], 2]), ({}, [])],
)
def test_values_of_another_type_are_other_values(left: object, right: object) -> None:
    one, other = ([{"bar": 0, "value": value}] for value in (left, right))
    assert chain(one) != chain(other)


def test_neighbouring_texts_do_not_run_into_each_other() -> None:
    one = [{"bar": 0, "a": "bc", "b": "d"}]
    other = [{"bar": 0, "a": "b", "b": "cd"}]
    assert chain(one) != chain(other)
    moved = [{"bar": 0, "a": 1}, {"bar": 1}], [{"bar": 0}, {"bar": 1, "a": 1}]
    assert first_bar(*map(chain, moved)) == 0


def test_order_of_keys_and_running_numbers_do_not_count() -> None:
    one = [{"seq": 0, "bar": 0, "a": 1, "b": 2}]
    other = [{"b": 2, "bar": 0, "a": 1, "seq": 7}]
    assert chain(one) == chain(other)


def test_order_of_events_counts() -> None:
    one = _events()
    other = copy.deepcopy(one)
    other[50], other[51] = other[51], other[50]
    assert first_bar(chain(one), chain(other)) == one[50]["bar"]


def test_a_run_that_stops_earlier_differs_at_its_first_missing_bar() -> None:
    events = _events()
    short = chain([event for event in events if event["bar"] < 60])
    assert first_bar(chain(events), short) == 60
    assert first_bar(chain(events), chain([])) == 3
    assert first_bar(chain([]), chain([])) is None


def test_a_bar_without_events_has_a_link() -> None:
    one = chain([{"bar": 0}, {"bar": 5}])
    assert len(one) == 6
    other = chain([{"bar": 0}, {"bar": 4}, {"bar": 5}])
    assert first_bar(one, other) == 4


def test_bars_in_disorder_are_refused() -> None:
    with pytest.raises(ValueError, match="bar 1 comes after bar 2"):
        chain([{"bar": 2}, {"bar": 1}])


def test_bisection_looks_at_few_links(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = _events(), _events()
    other[2 * 150]["price"] = 0.0
    left, right = chain(one), chain(other)
    looked = []
    real = Chain.link
    monkeypatch.setattr(
        chains.Chain, "link", lambda self, bar: looked.append(bar) or real(self, bar)
    )
    assert first_bar(left, right) == 153
    assert len(set(looked)) <= 8


def test_the_file_reads_back_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    made = chain(_events())
    path = tmp_path / "chain.bin"
    path.write_bytes(made.to_bytes())
    assert Chain.read(path) == made
    assert Chain.from_hexes(made.first, made.hexes()) == made
    for content in (b"", made.to_bytes()[:-1], made.to_bytes() + b"x", b"something else"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=str(path)):
            Chain.read(path)


def test_traces_of_all_engines_have_the_same_chain(engine: ModuleType) -> None:
    case = golden.read_json(golden.FOLDER / "cases" / "execution" / "X2.gap_stop.json")["cases"][0]
    made = chain(play.play(engine, case)["events"])
    assert made == chain(play.play(pyengine, case)["events"])
    assert made.last
