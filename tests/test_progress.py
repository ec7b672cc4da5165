"""The progress bar is drawn by time, and always at the end."""

from __future__ import annotations

import io

from rich.console import Console

from fillproof import progress


def test_drawn_by_time_and_at_the_end(monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), force_terminal=True)
    with progress.RichProgress("EURUSD", console) as bar:
        for current in range(1, 1001):
            now[0] += 0.001
            bar(current, 1000)
    # One second in steps of a tenth, and the last bar.
    assert 10 <= bar.drawn <= 12
    assert "1000/1000" in console.file.getvalue()
