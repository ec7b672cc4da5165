"""What a user may write as a strategy, the sound and the unsound."""

from __future__ import annotations

STRATEGIES = '''
import random
import time

_calls = []


def order(slice_map, stop=0.0012):
    view = slice_map["EURUSD"]
    bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
    return {"direction": "buy", "sl": bid.close - stop, "tp": ask.close + 0.0012}


class Steady:
    def on_data(self, slice_map):
        return order(slice_map) if slice_map["EURUSD"].index % 12 == 5 else None


class Dice:
    def on_data(self, slice_map):
        return order(slice_map) if random.random() < 0.2 else None


class Clock:
    def on_data(self, slice_map):
        wobble = time.perf_counter() % 1 * 1e-5
        return order(slice_map, 0.001 + wobble) if slice_map["EURUSD"].index % 12 == 5 else None


class Kept:
    def on_data(self, slice_map):
        _calls.append(1)
        return order(slice_map) if len(_calls) % 100 == 7 else None


class Hashed:
    def on_data(self, slice_map):
        return order(slice_map, 0.001 + hash("a") % 9973 * 1e-7) if slice_map["EURUSD"].index == 9 else None


class Mute:
    def on_data(self, slice_map):
        return None


class Far:
    def on_data(self, slice_map):
        signal = {"direction": "buy", "type": "limit", "entry": 0.5, "sl": 0.4, "tp": 0.6}
        return signal if slice_map["EURUSD"].index % 50 == 1 else None


class Raises:
    def on_data(self, slice_map):
        if slice_map["EURUSD"].index == 7:
            raise KeyError("M17")


class Handed:
    """Acts by another way than signals, which no script can repeat."""

    def __init__(self):
        self.position_manager = self

    def on_data(self, slice_map):
        return order(slice_map) if slice_map["EURUSD"].index % 12 == 5 else None

    def manage_positions(self, *, open_positions, **rest):
        for position in open_positions:
            position.stop_loss = position.stop_loss + 0.00001
'''  # noqa: E501
