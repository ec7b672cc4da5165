"""Makes `bars.csv`: six weeks of hours of a pair that there is not, with the gaps of weekends."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

WEEKS, HOURS = 6, 120
TICK = 0.00001


def main() -> None:
    """Write the file beside this one."""
    chance = random.Random(11)  # noqa: S311  (candles, no secrets)
    start = datetime(2024, 1, 7, 22, tzinfo=UTC)
    price = 110000
    lines = ["timestamp,open,high,low,close"]
    for week in range(WEEKS):
        price += chance.randint(-450, 450)
        for hour in range(HOURS):
            time = start + timedelta(weeks=week, hours=hour)
            # Now and then news: an hour that goes both ways.
            swing = 620 if chance.random() < 0.02 else 90
            first = price
            last = first + chance.randint(-swing, swing)
            high = max(first, last) + chance.randint(0, swing)
            low = min(first, last) - chance.randint(0, swing)
            row = ",".join(f"{value * TICK:.5f}" for value in (first, high, low, last))
            lines.append(f"{time.isoformat().replace('+00:00', 'Z')},{row}")
            price = last
    Path(__file__).with_name("bars.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
