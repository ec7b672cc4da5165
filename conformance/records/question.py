"""What a run was asked: digests of its candles, configuration and strategy, part by part.

Two results can be held against each other only if they answer the same question; where they do
not, the part that differs is told by its name.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fillproof import built_in, canonical_json, signal_file
from fillproof.candle_table import COLUMNS

from ..jobs import Job
from .sources import file_digest, sources_of

__all__ = ["candles_digest", "digest_of", "question_of_job", "question_of_result", "question_parts"]

_HEADER = b"fillproof-candles-1\n"


def digest_of(value: Any) -> str:
    """Hash a plain value by its canonical JSON: BLAKE2b of 32 bytes as hex digits.

    Examples
    --------
    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    return hashlib.blake2b(canonical_json.dumps(value).encode(), digest_size=32).hexdigest()


def candles_digest(side: Any) -> str:
    """Hash the candles of one side by their values: times as i64, prices and volume as f64.

    Parameters
    ----------
    side
        A `CandleTable`, the `Candles` of any backend, or a list of candle objects.

    Examples
    --------
    >>> from fillproof.data import CandleTable
    >>> one = CandleTable([0], [1.1], [1.2], [1.0], [1.1])
    >>> candles_digest(one) == candles_digest(one[:1]), len(candles_digest(one))
    (True, 64)
    """
    import numpy as np

    from fillproof.tables import to_us

    if hasattr(side, "time_us"):
        columns = [np.asarray(getattr(side, name)) for name in COLUMNS]
    else:
        columns = [np.asarray([to_us(candle.timestamp) for candle in side])]
        for name in COLUMNS[1:]:
            columns.append(np.asarray([float(getattr(candle, name, 0.0)) for candle in side]))
    hasher = hashlib.blake2b(_HEADER, digest_size=32)
    hasher.update(len(columns[0]).to_bytes(8, "little"))
    for name, column in zip(COLUMNS, columns, strict=True):
        hasher.update(name.encode())
        kind = "<i8" if name == "time_us" else "<f8"
        hasher.update(np.ascontiguousarray(column, dtype=kind).tobytes())
    return hasher.hexdigest()


def question_of_job(job: Job, config: Mapping[str, Any], sides: tuple[Any, Any]) -> dict[str, Any]:
    """Describe what a job asks, in the process that has just run it.

    Parameters
    ----------
    job
        The job.
    config
        What the run was configured with, as `BacktestResult.config` says it.
    sides
        Its bid and ask candles.
    """
    settings = job.settings
    files = [
        {"name": name, "file": path.name, "digest": file_digest(path)}
        for name in ("bid", "ask", "data", "lower_bid", "lower_ask", "lower_data")
        if (path := getattr(settings, name)) is not None
    ]
    strategy: dict[str, Any] = {"name": settings.strategy, "parameters": settings.parameters}
    if settings.strategy in built_in.COMMANDS:
        strategy.update(name=config["strategy"], modules=[])
    elif settings.strategy.lower().endswith(signal_file.ENDINGS):
        path = job.folder / settings.strategy
        row = {"name": "signals", "file": path.name, "digest": file_digest(path), "found": "file"}
        strategy.update(name=path.name, modules=[row])
    else:
        named = settings.strategy.rpartition(":")[0]
        module = Path(named).stem if named.endswith(".py") else named
        entry = Path(str(sys.modules[module].__file__))
        strategy["modules"] = sources_of(entry, job.folder, name=module, loaded=True)
    return _question(files, sides, config, strategy)


def question_of_result(
    config: Mapping[str, Any], sides: tuple[Any, Any], module: str
) -> dict[str, Any]:
    """Describe what a run asked that was made from Python; `module` is the strategy's, if any.

    Raises
    ------
    ValueError
        The strategy's module has no file, as in an interactive session.
    """
    strategy: dict[str, Any] = {"name": config["strategy"], "parameters": None, "modules": []}
    if module:
        loaded = sys.modules.get(module)
        file = getattr(loaded, "__file__", None)
        if file is None or not Path(file).is_file():
            raise ValueError(
                f"the strategy {config['strategy']} comes from {module!r}, which has no source "
                "file; a certificate needs one: put the strategy into a module"
            )
        entry = Path(file).resolve()
        name = entry.stem if module == "__main__" else module
        folder = entry.parents[name.count(".") + (entry.name == "__init__.py")]
        strategy["modules"] = sources_of(entry, folder, name=name)
    return _question([], sides, config, strategy)


def question_parts(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Name in words every part in which two questions differ; empty for the same question.

    What one side does not tell is not held against the other.
    """
    return [
        *_data_parts(mine["data"], other["data"]),
        *_config_parts(mine["config"], other["config"]),
        *_strategy_parts(mine["strategy"], other["strategy"]),
    ]


def _question(
    files: list[dict[str, str]],
    sides: tuple[Any, Any],
    config: Mapping[str, Any],
    strategy: dict[str, Any],
) -> dict[str, Any]:
    bid, ask = sides
    told = {name: value for name, value in config.items() if name != "strategy"}
    if not strategy["modules"]:
        # A built-in strategy is told by its settings.
        told["strategy"] = config["strategy"]
    return {
        "data": {
            "files": files,
            "bars": len(bid),
            "bid": candles_digest(bid),
            "ask": candles_digest(ask),
        },
        "config": {"digest": digest_of(told), "values": told},
        "strategy": strategy,
    }


def _data_parts(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    parts = []
    if mine["bars"] != other["bars"]:
        parts.append(f"data: {mine['bars']} bars against {other['bars']}")
    changed = [side for side in ("bid", "ask") if mine[side] != other[side]]
    parts += [f"data: the {side} candles differ in value" for side in changed]
    files = {row["name"]: row for row in other["files"]}
    for row in mine["files"]:
        there = files.get(row["name"])
        if there is not None and there["digest"] != row["digest"]:
            same = "" if changed else ", though no candle does"
            parts.append(f"data: the bytes of the file {row['file']} ({row['name']}) differ{same}")
    return parts


def _config_parts(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    if mine["digest"] == other["digest"]:
        return []
    sides = dict(mine["values"]), dict(other["values"])
    if not all("strategy" in side for side in sides):
        # Only a built-in strategy is told here; others are told by their modules.
        for side in sides:
            side.pop("strategy", None)
    return [f"config: {line}" for line in _differing("", *sides)]


def _differing(path: str, mine: Any, other: Any) -> list[str]:
    if isinstance(mine, Mapping) and isinstance(other, Mapping):
        lines = []
        for key in sorted({*mine, *other}):
            if mine.get(key) != other.get(key):
                lines += _differing(f"{path}.{key}".lstrip("."), mine.get(key), other.get(key))
        return lines
    return [f"{path} is {mine!r} against {other!r}"]


def _strategy_parts(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    parts = []
    if _short(mine["name"]) != _short(other["name"]):
        parts.append(f"strategy: {mine['name']} against {other['name']}")
    both = mine["parameters"], other["parameters"]
    if None not in both and both[0] != both[1]:
        parts += [f"strategy: {line}" for line in _differing("parameters", *both)]
    here, there = ({row["name"]: row for row in side["modules"]} for side in (mine, other))
    for name in sorted({*here, *there}):
        if name not in here or name not in there:
            row = here.get(name) or there[name]
            # Only a run can see what is loaded by a computed name.
            if row["found"] == "import":
                parts.append(f"strategy: the module {name} ({row['file']}) is in one of them only")
        elif here[name]["digest"] != there[name]["digest"]:
            parts.append(f"strategy: the module {name} ({here[name]['file']}) differs")
    return parts


def _short(name: str) -> str:
    """Leave of `path/to/module:Class` the class, since a script calls its module `__main__`."""
    return name.rpartition(":")[2]
