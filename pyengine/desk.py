"""What an executor is made of and what it holds: settings, quotes, records (rules E2, S3).

The base of ``execution``: what single orders go through is in ``fills``, what users order in
``commands``, how signals are accepted in ``acceptance``.
"""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fillproof.errors import ExitBufferWarning

from .account import Margin
from .account_checks import check_account, refuse_ordinals
from .blotter import Blotter
from .config import ExecutionPolicy, FeeModel, RiskAmount, SlippageModel
from .errors import make_error
from .lower_candles import DRILLDOWN, FIELD, LowerCandles, read_lower_candles
from .parity import check_costs
from .portfolio import own_portfolio
from .position_face import PortfolioPosition
from .positions import Position
from .quotes import Quote
from .rates import Rates
from .sessions import Session, timeframe_us
from .settings import number
from .signal_log import SignalLog
from .signals import Rejection
from .symbols import SymbolSpec
from .terms import SymbolTerms, Terms
from .trace import Tracer

if TYPE_CHECKING:
    from .admission import NoRoom
    from .portfolio import Portfolio

DEFAULT_CONTRACT = 100000.0


class Desk:
    """Settings and records of an executor; see :class:`ExecutionSimulator` for the parameters."""

    def __init__(
        self,
        portfolio: Any,
        risk_per_trade: float = 100.0,
        slippage_model: SlippageModel | None = None,
        fee_model: FeeModel | None = None,
        symbol_specs: Mapping[str, SymbolSpec] | None = None,
        *,
        policy: ExecutionPolicy | None = None,
        sizing: Any = None,
        rates: Rates | None = None,
        margin: Margin | None = None,
        session: Session | None = None,
        timeframe: str | None = None,
        strict: bool = False,
        lower_candles: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._portfolio = portfolio
        # The same, while its books may be written straight: in a run of our own parts alone.
        self._books: Portfolio | None = None
        self._risk_per_trade = number(risk_per_trade, "risk_per_trade", least=0.0, above=True)
        self._slippage_model = SlippageModel() if slippage_model is None else slippage_model
        self._fee_model = FeeModel() if fee_model is None else fee_model
        self._symbol_specs: dict[str, SymbolSpec] = dict(symbol_specs or {})
        self._policy = ExecutionPolicy.canonical() if policy is None else policy
        # What every signal asks of the policy.
        self._fills_at_open = self._policy.market_fill == "next_open"
        self._fills_at_signal = self._policy.market_fill == "signal"
        self._most = self._policy.max_positions
        self._most_of_symbol = self._policy.max_positions_symbol
        self._sizing = RiskAmount(self._risk_per_trade) if sizing is None else sizing
        if not any(hasattr(self._sizing, name) for name in ("lots", "amount", "fraction")):
            raise make_error(
                "OPTION_UNKNOWN", field="sizing", value=sizing,
                expected="FixedLots, RiskAmount, RiskFraction or None",
            )  # fmt: skip
        # What every trade asks of these.
        self._terms = Terms(
            self._slippage_model, self._fee_model, self._sizing, self._risk_per_trade
        )
        self._rates = rates
        self._margin = margin
        self._session = session
        self._timeframe = timeframe
        self._length_us = 0 if timeframe is None else timeframe_us(timeframe, "timeframe")
        self._strict = strict
        self._parity = self._policy.preset == "parity"
        self._check_policy()
        self._lower_candles = None if lower_candles is None else dict(lower_candles)
        self._lower: dict[str, LowerCandles] = read_lower_candles(
            lower_candles, self._policy, self._length_us
        )
        # How many bars that left something open were asked of lower bars, how many those decided,
        # and for how many there were none (X3.drilldown).
        self._drilled, self._drilled_clear, self._drilled_bare = 0, 0, 0
        self._swaps = any(spec.swap_field() for spec in self._symbol_specs.values())
        check_account(self)
        self._stale_rates = 0
        # What refused signals for want of room last.
        self._full: NoRoom | None = None
        # How many positions there were at the last count, and of one symbol (S3.max_positions).
        self._counted, self._counted_of_symbol = 0, 0
        # What is asked of a symbol, of all symbols that were asked, and the last of them.
        self._symbol_terms: dict[str, SymbolTerms | None] = {}
        self._last_terms: SymbolTerms | None = None
        # Lots that were held against a symbol's grid last, and what came of it (E4.fixed_lots).
        self._fixed: dict[str, tuple[float, tuple[float | None, str, str]]] = {}
        # Unit values of the preset parity, by symbol (P5.unit_value).
        self._kept_units: dict[str, float] = {}
        # Positions in the order in which they opened (A1.used, X5.close_at_end).
        self._held: list[Position] = []
        self._ordinal = False
        # Rejections; until they are asked for their fields, or None: the next row of the signals
        # that was rejected at once.
        self._rejected: list[Any] = []
        self._blotter = Blotter(self, self._fee_model)  # type: ignore[arg-type]
        self._blotter.at_once = self._parity
        # Whether an order waits, as of that version of the active list: a new one makes another.
        self._waiting, self._waiting_version = False, -1
        self._quotes: dict[str, Quote] = {}
        # Time of the bar that was shown last, of whatever symbol (L8.hole).
        self._shown_us: int | None = None
        # When the bars shown before the present one had ended (P5.moment).
        self._ended_us: int | None = None
        # The shortest step between two bars of a symbol so far, microseconds (E3.spanned).
        self._steps: dict[str, int] = {}
        self._symbol: str | None = None
        self._next_order_id = 1
        self._orders: dict[int, Position] = {}
        # Names of groups that still take orders, and how many groups there were (S4).
        self._groups: dict[str, int] = {}
        self._decided: set[int] = set()
        self._group_count = 0
        self._rows = SignalLog()
        self._snapshot: tuple[PortfolioPosition, ...] = ()
        self._snapshot_version = 0
        self._tracer: Tracer | None = None

    def _check_policy(self) -> None:
        """Refuse what the preset does not know; warn of exits before their level."""
        if not self._parity:
            if self._policy.exit_buffer_pips != 0.0:
                warnings.warn(
                    f"stops and targets are touched {self._policy.exit_buffer_pips!r} pips early "
                    "(exit_buffer_pips); canonical is 0",
                    ExitBufferWarning,
                    stacklevel=4,
                )
            return
        check_costs(self._slippage_model, self._fee_model)
        if self._session is not None and self._session.no_entry:
            raise make_error(
                "PRESET_OPTION", field="no_entry", value=self._session.no_entry, expected="()"
            )

    def attach_tracer(self, tracer: Tracer | None) -> None:
        """Record signal, order, fill and exit events from now on."""
        self._tracer = tracer
        self._blotter.tracer = tracer

    @property
    def portfolio(self) -> Any:
        """The portfolio that is told of entries and exits."""
        return self._portfolio

    @property
    def risk_per_trade(self) -> float:
        """Account currency lost at the initial stop, where sizing was None."""
        return self._risk_per_trade

    @property
    def slippage_model(self) -> SlippageModel:
        """Slippage of market fills and stops."""
        return self._slippage_model

    @property
    def fee_model(self) -> FeeModel:
        """Commission per side."""
        return self._fee_model

    @property
    def symbol_specs(self) -> dict[str, SymbolSpec]:
        """Specifications by symbol; a copy."""
        return dict(self._symbol_specs)

    @property
    def policy(self) -> ExecutionPolicy:
        """How orders fill."""
        return self._policy

    @property
    def sizing(self) -> Any:
        """How volumes are chosen."""
        return self._sizing

    @property
    def rates(self) -> Rates | None:
        """Rates into the account's currency."""
        return self._rates

    @property
    def margin(self) -> Margin | None:
        """What positions tie up; None: nothing."""
        return self._margin

    @property
    def timeframe(self) -> str | None:
        """Length of the run's bars, such as H1."""
        return self._timeframe

    @property
    def lower_candles(self) -> dict[str, Any] | None:
        """The lower bars by symbol, as they were given (X3.drilldown); a copy of the mapping."""
        return None if self._lower_candles is None else dict(self._lower_candles)

    @property
    def drilldowns(self) -> dict[str, int]:
        """How many bars were asked of lower bars, how many those decided, how many had none."""
        return {
            "asked": self._drilled,
            "decided": self._drilled_clear,
            "without": self._drilled_bare,
        }

    def check_lower_candles(self, symbol: str, times: Sequence[int]) -> None:
        """Check the lower bars of a symbol against the bars of a run (X3.lower_times).

        Parameters
        ----------
        symbol : str
        times : sequence of int
            When the bars of the run open, microseconds since 1970.

        Errors
        ------
        LOWER_REQUIRED, LOWER_TIMES
        """
        if self._policy.intrabar != DRILLDOWN:
            return
        lower = self._lower.get(symbol)
        if lower is None:
            raise make_error(
                "LOWER_REQUIRED", symbol=symbol, field=FIELD, value=None,
                expected="the lower bars of each symbol of the run",
            )  # fmt: skip
        lower.check_parents(times, self._length_us)

    def use_ordinals(self) -> None:
        """Take bars whose times are places, of a run with other keys than times (L4.ordinal).

        Errors
        ------
        CLOCK_REQUIRED
        """
        refuse_ordinals(self, self._lower)
        self._ordinal = True

    @property
    def strict(self) -> bool:
        """Whether a rejection raises."""
        return self._strict

    @property
    def session(self) -> Session | None:
        """Hours without entries."""
        return self._session

    @property
    def active_positions(self) -> tuple[PortfolioPosition, ...]:
        """Waiting orders and open positions in order of acceptance (E2); a snapshot."""
        if self._snapshot_version != self._blotter.version:
            self._snapshot = tuple(map(PortfolioPosition._of, self._blotter.active))
            self._snapshot_version = self._blotter.version
        return self._snapshot

    @property
    def rejected_signals(self) -> list[Rejection]:
        """Signals that were not accepted or not filled, in order (S3); a copy."""
        for place, item in enumerate(self._rejected):
            if item is None:
                self._rejected[place] = Rejection(*self._rows.next_rejection())
            elif type(item) is tuple:
                self._rejected[place] = Rejection(*item)
        return list(self._rejected)

    @property
    def refused_commands(self) -> list[Rejection]:
        """Commands that were not carried out (L8); a copy."""
        return list(self._blotter.refused)

    def _named(self, symbol: str | None) -> str:
        """Return the symbol a call is about."""
        if symbol is None:
            symbol = self._symbol
        if symbol is None and len(self._symbol_specs) == 1:
            symbol = next(iter(self._symbol_specs))
        if symbol is None:
            raise make_error(
                "SYMBOL_REQUIRED", field="symbol", value=None,
                expected="the symbol of the candles, by name",
            )  # fmt: skip
        self._symbol = symbol
        return symbol

    def _read_quote(self, symbol: str, bid: object, ask: object) -> Quote:
        known = self._quotes.get(symbol)
        if known is not None and known.bid is bid and known.ask is ask:
            return known
        quote = Quote(symbol, bid, ask)
        self._shown_us = quote.time_us
        self._quotes[symbol] = quote
        return quote

    def _lower_bars(self, quote: Quote) -> list[Quote]:
        """Return the lower bars of a bar (X3.drilldown)."""
        lower = self._lower.get(quote.symbol)
        if lower is None:
            return []
        return lower.within(quote.time_us, quote.time_us + self._length_us)

    def _begin_phase(self, phase: str, time_us: int | None) -> None:
        self._blotter.phase = phase
        self._blotter.time_us = time_us

    def _mark(self, quote: Quote) -> None:
        own = own_portfolio(self._portfolio, "mark")
        if own is not None:
            own.mark(quote.symbol, quote.bid, quote.ask)
            return
        mark = getattr(self._portfolio, "mark", None)
        if mark is not None:
            mark(quote.symbol, quote.bid, quote.ask)

    def _pip_size(self, symbol: str, option: str, value: object) -> float:
        """Return the pip that an option counts in."""
        spec = self._symbol_specs.get(symbol)
        if spec is None:
            raise make_error(
                "SPEC_REQUIRED", symbol=symbol, field=option, value=value,
                expected="a SymbolSpec for the symbol: its pip_size",
            )  # fmt: skip
        return spec.pip_size
