"""The picture of a divergence in characters, and the levels that it shows."""

from __future__ import annotations

from fillproof.conformance.reports.levels import levels_before, levels_of
from fillproof.conformance.reports.picture import picture_of
from fillproof.conformance.reports.text_candles import text_candles

from . import report_samples as samples


class TestTextCandles:
    def test_draws_candles_levels_and_both_events(self) -> None:
        both = "◆ python price 1.09899, ◇ rust price 1.09900"
        assert text_candles(samples.divergence(), height=7) == [
            "            0         >1     bid left, ask right",
            "1.10060       │",
            "1.10025 ···│··▒·········│··· entry #1 1.10020",
            "1.09990    ▒  │      │  │",
            "1.09955    │         ▒  ▒",
            "1.09920              ▒  ▒",
            f"1.09885 ···········◆·▒··│·◇· stop #1 1.09900, {both}",
            "1.09850              │",
            "target 1.12000 lies beyond the picture",
        ]

    def test_a_side_without_the_event_is_named(self) -> None:
        found = samples.divergence(missing_on="rust", field="event", other_fields=[])
        found["sides"]["python"]["value"], found["sides"]["rust"]["value"] = "'exit'", "None"
        found["events"]["rust"] = None
        lines = text_candles(found)
        assert lines[-1] == "rust has no such event"
        assert any("◆ python price 1.09899" in line for line in lines)

    def test_no_candle_no_picture(self) -> None:
        assert text_candles(samples.divergence(bars_around=[])) == []
        assert text_candles(samples.divergence(bar=None)) == []
        odd = [samples.bar(1, "nan 1 1 1", "")]
        assert text_candles(samples.divergence(bars_around=odd)) == []

    def test_prices_that_are_all_equal(self) -> None:
        flat = [samples.bar(1, "1.1 1.1 1.1 1.1", "1.1 1.1 1.1 1.1")]
        found = samples.divergence(bars_around=flat, levels=[], events={}, other_fields=[])
        found["field"] = "fee"
        assert len(text_candles(found)) == 14

    def test_levels_of_an_order_not_open_yet_come_from_its_event(self) -> None:
        event = {"kind": "signal", "entry_price": 1.1, "stop_loss": 1.099, "take_profit": None}
        found = samples.divergence(levels=[], events={"python": event, "rust": None})
        picture = picture_of(found)
        assert picture is not None
        assert [level.name for level in picture.levels] == ["entry", "stop"]

    def test_levels_are_those_of_the_order(self) -> None:
        held = {"symbol": "EURUSD", "direction": "long", "stop_loss": 1.0, "take_profit": 2.0}
        state = {
            "positions": [{**held, "order_id": 1, "entry_price": 1.5}],
            "orders": [{**held, "order_id": 2, "entry": 1.4}, {**held, "order_id": 3, "entry": 1}],
        }
        assert [item["what"] for item in levels_of(state, 2, "EURUSD")] == ["order"]
        assert len(levels_of(state, None, "EURUSD")) == 3
        assert levels_of(state, None, "GBPUSD") == []
        assert levels_of(None, 1, "EURUSD") == []

    def test_levels_of_a_side_without_a_trace_come_from_the_other(self) -> None:
        names = "symbol direction type entry reference unit_value risk size stop_loss take_profit"
        order = dict.fromkeys([*names.split(), "expires_at_us", "max_bars", "oco"])
        order.update(symbol="EURUSD", direction="long", entry=1.1, stop_loss=1.09, order_id=1)
        event = {**order, "kind": "order", "action": "accepted", "bar": 0, "time_us": 0, "seq": 0}
        found = samples.divergence()
        assert levels_before([event, {"kind": "bar", "bar": 1}], found) == [
            {"order_id": 1, "what": "order", "direction": "long", "entry": 1.1, "stop": 1.09,
             "target": None}
        ]  # fmt: skip
        assert levels_before([event], samples.divergence(bar=0)) == []
        assert levels_before([event], samples.divergence(bar=None)) == []
        assert levels_before([{"kind": "nonsense", "bar": 0}], found) == []
