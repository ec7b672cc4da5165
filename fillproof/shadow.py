"""A run whose signals are played again on a second backend, while the strategy runs only once.

Whatever a strategy does beside trading (orders sent, files written, models trained) happens once,
in the run whose result is returned. What it was shown and what it gave is recorded, and played
again on the other backend: every bar has to show the same, and the results have to be the same.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fillproof import backends, built_in, intake
from fillproof.errors import ConfigError, ShadowWarning
from fillproof.lower import lower_candles
from fillproof.shadow_report import (
    DIFFERENT,
    NOT_PROVEN,
    SAME,
    ShadowPlace,
    ShadowReport,
    first_difference,
)

if TYPE_CHECKING:
    from fillproof.results import BacktestResult
    from fillproof.shadow_replay import Player

_LOGGER = logging.getLogger("fillproof.shadow")
_EXECUTOR = (
    "risk_per_trade", "slippage_model", "fee_model", "symbol_specs", "policy", "sizing", "rates",
    "margin", "session", "timeframe", "strict",
)  # fmt: skip


class Shadow:
    """Records one run, and plays it on another backend.

    Parameters
    ----------
    backend : str
        The shadow.
    main : tuple
        Name and package of the backend that runs the strategy.
    executor, portfolio : optional
        As they were given.
    make_executor : callable
        Called as ``make_executor(engine, portfolio, candles)`` where no executor was given.

    Raises
    ------
    BackendUnavailable
        The shadow is absent; before the strategy has been called.
    ConfigError
        ``OPTION_UNKNOWN``: it is the same backend.
    """

    def __init__(
        self,
        backend: str,
        main: tuple[str, Any],
        executor: Any,
        portfolio: Any,
        make_executor: Callable[[Any, Any, tuple[Any, Any]], Any],
    ) -> None:
        from fillproof.shadow_tape import Tape

        self.name, self._engine = backends.resolve(backend)
        self._main = main[1]
        if self.name == main[0]:
            raise ConfigError(
                f"shadow is {self.name!r}, the backend of the run itself; expected another one",
                code="OPTION_UNKNOWN",
                field="shadow",
                value=self.name,
                expected="another backend",
            )
        self._given = executor is not None or portfolio is not None
        self._make_executor = make_executor
        self._tape = Tape()
        self._reasons: list[str] = []
        self._recorder: Any = None
        # Made before the first are used.
        self._portfolio: Any = self._engine.Portfolio()
        self._executor: Any = None
        self._twins(executor, portfolio)

    def record(self, driven: Any, executor: Any, portfolio: Any) -> Any:
        """Return what takes the place of a strategy in the run."""
        from fillproof.shadow_record import Account, ShadowRecorder

        if self._reasons:
            return driven
        # Who holds neither executor nor portfolio nor positions can only give signals.
        reachable = self._given or self._foreign_manager(driven)
        self._held = Account(executor, portfolio, self._tape, reachable=reachable)
        self._recorder = ShadowRecorder(
            driven,
            self._held,
            self._tape,
            native=built_in.describe(driven, self._main) is not None,
            own_manager=self._main.PositionManager,
        )
        return self._recorder

    def run(self, loop: Any) -> None:
        """Run the loop, and take notice of what is done to the executor meanwhile."""
        if self._recorder is None:
            loop.run()
            return
        with self._held:
            loop.run()

    def compare(
        self, result: BacktestResult, candles: tuple[Any, Any], options: Mapping[str, Any]
    ) -> ShadowReport:
        """Play the run again, compare, and say so where it is not the same.

        Parameters
        ----------
        result : BacktestResult
            Of the run that was recorded.
        candles : pair
            Bid and ask.
        options : mapping
            The options of `fillproof.run_backtest` that say what is shown.
        """
        if self._recorder is None:
            report = ShadowReport(self.name, NOT_PROVEN, tuple(self._reasons))
        else:
            report = self._replay(result, candles, options)
        result.notes.append(str(report))
        if report.verdict != SAME:
            _LOGGER.warning("%s", report)
        if report.verdict == DIFFERENT:
            # Told where run_backtest was called.
            warnings.warn(str(report), ShadowWarning, stacklevel=3)
        return report

    def _replay(
        self, result: BacktestResult, candles: tuple[Any, Any], options: Mapping[str, Any]
    ) -> ShadowReport:
        from fillproof.run import run_backtest
        from fillproof.shadow_replay import Player

        manager = self._recorder.manager
        own = manager is not None and type(manager) is self._main.PositionManager
        twin = intake.adopt_manager(manager, self._engine) if own else None
        player = Player(self._tape, self._engine, twin)
        first: ShadowPlace | None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                bid, ask = (intake.candles(side, self._engine) for side in candles)
                executor = self._executor
                if executor is None:
                    executor = self._make_executor(self._engine, self._portfolio, (bid, ask))
                player.executor = executor
                shadow = run_backtest(
                    bid, ask, player, executor=executor, backend=self.name, **options
                )
        except Exception as error:  # noqa: BLE001 - what fails on one backend alone is a finding
            first = self._place(player) or ShadowPlace(None, None, f"the shadow fails: {error!r}")
        else:
            first = self._place(player) or self._at_bar(first_difference(result, shadow))
        return self._report(player, first)

    def _at_bar(self, place: ShadowPlace | None) -> ShadowPlace | None:
        """Add the bar of a place that has a time."""
        if place is None:
            return None
        bars = {bar.time_us: bar.index for bar in self._tape.bars.values()}
        return replace(place, bar=bars.get(place.time_us))  # type: ignore[arg-type]

    def _report(self, player: Player, first: ShadowPlace | None) -> ShadowReport:
        tape = self._tape
        reasons = list(tape.unrepeatable)
        verdict = SAME
        if first is not None:
            verdict = NOT_PROVEN if reasons else DIFFERENT
        elif not player.signals:
            verdict = NOT_PROVEN
            reasons.append("the strategy gave no signal, so hardly anything was compared")
        return ShadowReport(
            self.name,
            verdict,
            tuple(reasons),
            first,
            bars=len(tape.bars),
            signals=player.signals,
            acts=player.acts,
            reads=player.reads,
        )

    @staticmethod
    def _place(player: Player) -> ShadowPlace | None:
        if player.first is None:
            return None
        bar, what = player.first
        return ShadowPlace(bar.index, bar.time_us, what)

    def _foreign_manager(self, driven: Any) -> bool:
        from fillproof.recording import Recorder

        manager = Recorder(driven, None).position_manager
        return manager is not None and type(manager) is not self._main.PositionManager

    def _twins(self, executor: Any, portfolio: Any) -> None:
        """Make executor and portfolio of the shadow from the settings of those that were given."""
        if executor is not None:
            if type(executor) is not self._main.ExecutionSimulator:
                self._refuse(f"the executor is a {type(executor).__name__} of your own")
                return
            if portfolio is not None and portfolio is not executor.portfolio:
                self._refuse("the portfolio is not the executor's")
                return
            portfolio = executor.portfolio
        if portfolio is None:
            return
        if type(portfolio) is not self._main.Portfolio:
            self._refuse(f"the portfolio is a {type(portfolio).__name__} of your own")
            return
        if portfolio.exits or portfolio.open_positions or len(portfolio.equity_curve):
            self._refuse("the portfolio was used before")
            return
        engine = self._engine
        self._portfolio = engine.Portfolio(portfolio.initial_balance)
        if executor is None:
            return
        if executor.signal_columns()["order_id"]:
            self._refuse("the executor was used before")
            return
        given = {name: getattr(executor, name) for name in _EXECUTOR}
        specs = given.pop("symbol_specs")
        self._executor = engine.ExecutionSimulator(
            self._portfolio,
            symbol_specs={name: intake.adopt(spec, engine) for name, spec in specs.items()},
            lower_candles=lower_candles(executor.lower_candles, None, engine),
            **{name: intake.adopt(value, engine) for name, value in given.items()},
        )

    def _refuse(self, why: str) -> None:
        self._reasons.append(f"{why}: nothing of it can be made again on another backend")
