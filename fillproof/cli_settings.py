"""The settings of ``fillproof run``, from a TOML file and from options."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fillproof import intake
from fillproof.account import has_swap, rates_for
from fillproof.errors import CandleError, ConfigError, DataError
from fillproof.intake import VALUES
from fillproof.specs import SpecFields, spec_fields

_SIZINGS = {
    "fixed_lots": "FixedLots",
    "risk_amount": "RiskAmount",
    "risk_fraction": "RiskFraction",
}
#: Tables of the file -> the keys that each may hold. [strategy] takes what the strategy takes.
_TABLES = {
    "data": {
        "bid",
        "ask",
        "file",
        "side",
        "spread",
        "time_unit",
        "lower_bid",
        "lower_ask",
        "lower_file",
        "lower_timeframe",
    },
    "spec": set(SpecFields._fields) - {"symbol"},
    "policy": set(VALUES["ExecutionPolicy"]),
    "sizing": set(_SIZINGS),
    "slippage": set(VALUES["SlippageModel"]),
    "fees": set(VALUES["FeeModel"]),
    "margin": set(VALUES["Margin"]),
    # flat_at closes positions, which takes a position manager.
    "session": {"timeframe", "no_entry"},
}
#: Files that [data] names -> their settings.
_FILES = {
    "bid": "bid", "ask": "ask", "file": "data",
    "lower_bid": "lower_bid", "lower_ask": "lower_ask", "lower_file": "lower_data",
}  # fmt: skip
_TOP = {
    "account", "backend", "initial_balance", "start", "strict", "strategy", "symbol", "timeframe",
}  # fmt: skip


@dataclass
class Settings:
    """Everything that a run from the command line can be told.

    Attributes
    ----------
    strategy : str
        A name of `built_in.COMMANDS` or ``module:Class``; `parameters` go to its constructor.
    bid, ask, data : Path, optional
        Files of candles: both sides, or one of them with `side` and `spread` (in pips).
    sizing : dict
        ``fixed_lots`` (lots), ``risk_amount`` (account currency) or ``risk_fraction`` (of equity).
    lower_bid, lower_ask, lower_data : Path, optional
        Files of a lower timeframe, for ``intrabar = "drilldown"``: both sides, or one of them, of
        which the other is made by `side` and `spread` as of `data`; `lower_timeframe` where their
        shortest step is not their length. They bring the policy drilldown with them.
    account : str, optional
        Currency of the account: results are converted by `rates` (pair to number), or where there
        are none by the run's own bars.
    policy : dict
        With ``preset = "parity"`` its other fields start from those of that preset.

    Examples
    --------
    >>> Settings().sizing
    {'risk_amount': 100.0}
    """

    strategy: str = "ema-cross"
    parameters: dict[str, Any] = field(default_factory=dict)
    backend: str | None = None
    bid: Path | None = None
    ask: Path | None = None
    data: Path | None = None
    side: str = "bid"
    spread: float | None = None
    time_unit: str | None = None
    lower_bid: Path | None = None
    lower_ask: Path | None = None
    lower_data: Path | None = None
    lower_timeframe: str | None = None
    symbol: str | None = None
    timeframe: str | None = None
    start: datetime | None = None
    initial_balance: float = 10000.0
    strict: bool = False
    spec: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    sizing: dict[str, float] = field(default_factory=lambda: {"risk_amount": 100.0})
    slippage: dict[str, Any] = field(default_factory=dict)
    fees: dict[str, float] = field(default_factory=dict)
    account: str | None = None
    rates: dict[str, float] = field(default_factory=dict)
    margin: dict[str, Any] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Read a TOML file; a key that is not known is an error, not a typing mistake that counts.

        Raises
        ------
        DataError
            ``FILE_UNREADABLE``: no such file, or not TOML.
        ConfigError
            ``OPTION_UNKNOWN``: a table or key that there is not.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise DataError(
                f"{path}: cannot be read: {error}",
                code="FILE_UNREADABLE",
                field=str(path),
                value=str(error),
                expected="a TOML file",
            ) from None
        settings = cls()
        for key, value in content.items():
            settings._take(path, key, value)
        settings._check()
        return settings

    def _take(self, path: Path, key: str, value: Any) -> None:
        if key == "strategy" and isinstance(value, dict):
            self.parameters = {name: item for name, item in value.items() if name != "name"}
            self.strategy = value.get("name", self.strategy)
        elif key == "rates" and isinstance(value, dict):
            self.rates = value
        elif key in _TABLES and isinstance(value, dict):
            unknown = set(value) - _TABLES[key]
            if unknown:
                raise _unknown(path, f"{key}.{min(unknown)}", sorted(_TABLES[key]))
            if key == "data":
                self._take_data(path, value)
            else:
                setattr(self, key, value)
        elif key in _TOP and not isinstance(value, dict):
            setattr(self, key, _moment(value) if key == "start" else value)
        else:
            raise _unknown(path, key, sorted({*_TOP, *_TABLES, "rates"}))

    def _take_data(self, path: Path, table: dict[str, Any]) -> None:
        for name, value in table.items():
            if name in _FILES:
                # Relative to the file that names it, so that a folder can be moved as a whole.
                setattr(self, _FILES[name], path.parent / value)
            else:
                setattr(self, name, value)

    def override(self, **options: Any) -> None:
        """Put options of the command line before the file's; None means not given."""
        if options.get("data") is not None:
            self.bid = self.ask = None
        if options.get("bid") is not None or options.get("ask") is not None:
            self.data = None
        if options.get("lower_data") is not None:
            self.lower_bid = self.lower_ask = None
        if options.get("lower_bid") is not None or options.get("lower_ask") is not None:
            self.lower_data = None
        if options.get("strategy") not in (None, self.strategy):
            # The file's parameters belong to the file's strategy.
            self.parameters = {}
        for name, value in options.items():
            if value is not None:
                setattr(self, name, value)
        self._check()

    def _check(self) -> None:
        if self.side not in {"bid", "ask"}:
            raise ConfigError(
                f"side is {self.side!r}; expected bid or ask",
                code="OPTION_UNKNOWN",
                field="side",
                value=self.side,
                expected="bid, ask",
            )
        if len(self.sizing) != 1:
            raise ConfigError(
                f"sizing names {', '.join(sorted(self.sizing)) or 'nothing'}; "
                f"expected one of {', '.join(_SIZINGS)}",
                code="OPTION_UNKNOWN",
                field="sizing",
                value=sorted(self.sizing),
                expected=", ".join(_SIZINGS),
            )

    def spec_fields(self, symbol: str) -> SpecFields:
        """Return the file's specification, or the guess from the symbol's name."""
        if "pip_size" in self.spec:
            return SpecFields(symbol=symbol, **self.spec)
        return spec_fields(symbol, currencies=self.account is not None)._replace(**self.spec)

    def make_account(self, engine: Any, symbol: str, sides: tuple[Any, Any], length: str) -> Any:
        """Make the executor's options about currencies: rates, margin and the length of the bars.

        Parameters
        ----------
        engine
            A backend.
        symbol : str
        sides : tuple
            Bid and ask, candles in any form; the pair's own rates where the file has none.
        length : str
            Timeframe of the bars.
        """
        options: dict[str, Any] = {}
        if self.account is not None or has_swap(self.spec_fields(symbol)):
            options["timeframe"] = length
        if self.account is not None and self.rates:
            hub = None if self.account == "USD" else "USD"
            options["rates"] = engine.Rates(self.account, self.rates, hub=hub)
        elif self.account is not None:
            both = intake.candles(sides[0], engine), intake.candles(sides[1], engine)
            options["rates"] = rates_for(self.account, {symbol: both}, length, engine)
        if self.margin:
            options["margin"] = engine.Margin(**self.margin)
        return options

    def make_sizing(self, engine: Any) -> Any:
        """Make the sizing of a backend."""
        ((name, amount),) = self.sizing.items()
        return getattr(engine, _SIZINGS[name])(amount)

    def make_policy(self, engine: Any) -> Any:
        """Make the policy of a backend."""
        preset = {}
        if self.policy.get("preset") == "parity":
            parity = engine.ExecutionPolicy.parity()
            preset = {name: getattr(parity, name) for name in VALUES["ExecutionPolicy"]}
        if self.names_lower():
            preset["intrabar"] = "drilldown"
        return engine.ExecutionPolicy(**{**preset, **self.policy})

    def names_lower(self) -> bool:
        """Tell whether files of a lower timeframe are named."""
        return any((self.lower_bid, self.lower_ask, self.lower_data))

    def make_session(self, engine: Any, timeframe: str) -> Any:
        """Make the session of a backend, of the run's own bars unless the file says otherwise."""
        if not self.session:
            return None
        return engine.Session(**{"timeframe": timeframe, **self.session})


def _moment(value: Any) -> datetime:
    """Read `start`: a TOML date-time with an offset, or a date, which means midnight in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise CandleError(
        f"start is {value}; expected a date-time with an offset, such as 2017-06-01T00:00:00Z",
        code="TIME_NAIVE",
        field="start",
        value=str(value),
        expected="a date-time with an offset",
    )


def _unknown(path: Path, key: str, known: list[str]) -> ConfigError:
    return ConfigError(
        f"{path}: {key} is unknown; expected one of {', '.join(known)}",
        code="OPTION_UNKNOWN",
        field=key,
        value=key,
        expected=", ".join(known),
    )
