"""The options by which commands are told of a backtest, named once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Strategy = Annotated[
    str | None,
    typer.Option(
        help="ema-cross, ema-atr, zscore, breakout; module:Class or FILE.py:Class of your own; "
        "FILE.json of saved expressions; a CSV or Parquet file of signals."
    ),
]
Bid = Annotated[Path | None, typer.Option(help="Bid candles, CSV or Parquet.")]
Ask = Annotated[Path | None, typer.Option(help="Ask candles, CSV or Parquet.")]
Data = Annotated[
    Path | None, typer.Option(help="Candles of one side; the other is made by --spread.")
]
LowerBid = Annotated[
    Path | None,
    typer.Option(help="Bid candles of a lower timeframe; with --lower-ask, for drilldown."),
]
LowerAsk = Annotated[Path | None, typer.Option(help="Ask candles of a lower timeframe.")]
LowerData = Annotated[
    Path | None,
    typer.Option(help="Lower candles of one side; the other is made by --side and --spread."),
]
Side = Annotated[str | None, typer.Option(help="Which side --data holds: bid or ask. [bid]")]
Spread = Annotated[
    float | None, typer.Option(help="Spread in pips, the same in every bar; for --data.")
]
Symbol = Annotated[str | None, typer.Option(help="Such as EURUSD.")]
Timeframe = Annotated[
    str | None, typer.Option(help="Such as H1. [seen from the spacing of the bars]")
]
Config = Annotated[Path | None, typer.Option(help="A TOML file; options here go before it.")]


def by_commas(given: list[str] | None) -> list[str]:
    """Return the names of an option that takes them by commas and may be given again.

    Examples
    --------
    >>> by_commas(["rust, cython", "python", "rust"]), by_commas(None)
    (['rust', 'cython', 'python'], [])
    """
    names = (name.strip() for text in given or [] for name in text.split(","))
    return list(dict.fromkeys(name for name in names if name))
