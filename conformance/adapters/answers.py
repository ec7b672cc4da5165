"""Reads an answer of a candidate: one of outcome, skip, error; typed and complete, or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ..bits import parse_bits
from ..outcome import Outcome
from .fields import FLOAT, INT, TEXT, TRADE_TYPES, WHOLE_KEYS, read_typed

__all__ = ["ProtocolError", "read_answer", "read_message", "read_outcome"]

_KINDS = ("outcome", "skip", "error")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 200
_ERROR_FIELDS = {"code": TEXT, "bar": INT, "symbol": TEXT, "field": TEXT, "message": TEXT}


class ProtocolError(ValueError):
    """A line that is no answer by the protocol."""


def read_message(line: str) -> dict[str, Any]:
    """Read one line as a JSON object; a whole number `-0` keeps its sign.

    Raises
    ------
    ProtocolError
        It is something else; the message shows the line.

    Examples
    --------
    >>> read_message('{"cash": -0, "size": {"f64": "0x3fb999999999999a"}}')
    {'cash': -0.0, 'size': 0.1}
    >>> read_message("loading ...")
    Traceback (most recent call last):
    fillproof.conformance.adapters.answers.ProtocolError: its output has the line 'loading ...', \
which is no JSON object: Expecting value; what is meant for readers goes to stderr
    """
    try:
        message = json.loads(line, object_hook=_untagged, parse_int=_whole, parse_constant=_none)
    except json.JSONDecodeError as error:
        message, place, why = None, error.pos, f": {error.msg}"
    except ValueError as error:
        message, place, why = None, 0, f": {error}"
    else:
        place, why = 0, ""
    if isinstance(message, dict):
        return message
    hint = "" if line.lstrip().startswith("{") else "; what is meant for readers goes to stderr"
    raise ProtocolError(
        f"its output has the line {_around(line.rstrip(), place)}, which is no JSON object"
        f"{why}{hint}"
    )


def _around(line: str, place: int) -> str:
    """Show a line, of a long one what lies around a place."""
    first = max(0, min(place - _SHOWN // 2, len(line) - _SHOWN))
    before, after = ("... " if first else ""), (" ..." if first + _SHOWN < len(line) else "")
    return repr(f"{before}{line[first : first + _SHOWN]}{after}")


def read_answer(message: dict[str, Any], number: int, hello: dict[str, Any]) -> dict[str, Any]:
    """Check an answer to request `number` and type its values.

    Returns
    -------
    dict
        `outcome` or `skip`.  An `error` becomes an outcome with an error of no rule.

    Raises
    ------
    ProtocolError
        The answer belongs to another request, or is not by the protocol; the message says how.

    Examples
    --------
    >>> read_answer({"id": 3, "skip": "no limit orders"}, 3, {})
    {'skip': 'no limit orders'}
    """
    if message.get("id") != number:
        raise ProtocolError(f"it answered request {message.get('id')!r}, expected {number}")
    kinds = [name for name in _KINDS if name in message]
    if len(kinds) != 1:
        raise ProtocolError(
            f"its answer has {' and '.join(kinds) or 'none'} of {', '.join(_KINDS)}; expected one"
        )
    given = message[kinds[0]]
    if kinds[0] != "outcome":
        if not isinstance(given, str) or not given:
            raise ProtocolError(f"{kinds[0]} is {given!r}; expected the reason in words")
        return {"skip": given} if kinds[0] == "skip" else {"outcome": _failed(given)}
    try:
        return {"outcome": read_outcome(given, hello)}
    except ValueError as error:
        raise ProtocolError(str(error)) from error


def read_outcome(given: Any, hello: dict[str, Any]) -> Outcome:
    """Type the sections that a candidate gives; each has to be there unless the run was refused.

    Raises
    ------
    ValueError
        A section, group, column or field is missing, unknown or of another type.
    """
    if not isinstance(given, dict):
        raise ValueError(f"outcome is {given!r}; expected an object")  # noqa: TRY004
    sections = [name for name in hello["gives"] if name not in ("errors", "value")]
    strange = [name for name in given if name not in (*sections, "error", "value")]
    if strange:
        raise ValueError(f"outcome has {strange[0]!r}, which the candidate does not say it gives")
    found: dict[str, Any] = {"error": _error(given.get("error"))}
    if "value" in given:
        found["value"] = given["value"]
        return found  # type: ignore[return-value]
    for name in sections:
        if name in given:
            found[name] = _READ[name](given[name], hello)
        elif found["error"] is None:
            raise ValueError(f"outcome has no {name}, which the candidate says it gives")
    return found  # type: ignore[return-value]


def _failed(reason: str) -> Outcome:
    return {
        "error": {
            "code": None,
            "type": "CandidateError",
            "bar": None,
            "symbol": None,
            "field": None,
            "value": None,
            "message": reason,
            "traceback": reason,
        }
    }


def _error(given: Any) -> Any:
    if given is None:
        return None
    if not isinstance(given, dict) or not given.get("code"):
        raise ValueError(
            f"outcome.error is {given!r}; expected null, or an object with a code "
            "(REFUSED where there is no other)"
        )
    known = {
        name: read_typed(given.get(name), kind, f"error.{name}")
        for name, kind in _ERROR_FIELDS.items()
    }
    told = known["message"] or known["code"]
    return {
        **known,
        "type": "Refused",
        "value": given.get("value"),
        "message": told,
        "traceback": told,
    }


def _trades(given: Any, hello: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups, fields = hello["trade_groups"], hello["trade_fields"]
    if isinstance(given, list) and groups == ["closed"]:
        given = {"closed": given}
    if not isinstance(given, dict) or sorted(given) != sorted(groups):
        told = sorted(given) if isinstance(given, dict) else type(given).__name__
        raise ValueError(f"trades are {told}; expected the groups {', '.join(groups)}")
    found = {}
    for group in groups:
        if not isinstance(given[group], list):
            raise ValueError(f"trades.{group} is {given[group]!r}; expected a list")  # noqa: TRY004
        found[group] = [
            _trade(item, fields, f"trades.{group}[{place}]")
            for place, item in enumerate(given[group])
        ]
    return found


def _trade(item: Any, fields: list[str], where: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ValueError(f"{where} is {item!r}; expected an object")  # noqa: TRY004
    for name in fields:
        if name not in item:
            raise ValueError(f"{where} has no {name}, which the candidate says it gives")
    for name in item:
        if name not in fields:
            raise ValueError(f"{where} has {name!r}, which is none of its trade_fields")
    return {name: read_typed(item[name], TRADE_TYPES[name], f"{where}.{name}") for name in fields}


def _equity(given: Any, hello: dict[str, Any]) -> dict[str, list[Any]]:
    columns = hello["equity_columns"]
    if not isinstance(given, dict) or sorted(given) != sorted(columns):
        told = sorted(given) if isinstance(given, dict) else type(given).__name__
        raise ValueError(f"equity has {told}; expected the columns {', '.join(columns)}")
    lengths = {name: len(given[name]) for name in columns if isinstance(given[name], list)}
    if len(lengths) < len(columns) or len(set(lengths.values())) > 1:
        raise ValueError(f"equity has columns of the lengths {lengths}; expected equal ones")
    return {
        name: [
            read_typed(value, INT if name == "time_us" else FLOAT, f"equity.{name}[{row}]")
            for row, value in enumerate(given[name])
        ]
        for name in columns
    }


def _fees(given: Any, _hello: dict[str, Any]) -> list[list[Any]]:
    """Read rows of time, kind, amount, order; a time in microseconds becomes the text of ours."""
    if not isinstance(given, list):
        raise ValueError(f"fees is {given!r}; expected a list")  # noqa: TRY004
    found = []
    for row, item in enumerate(given):
        if not isinstance(item, list) or len(item) != 4:
            raise ValueError(f"fees[{row}] is {item!r}; expected [time_us, kind, amount, order_id]")
        time = item[0]
        if not isinstance(time, str):
            time = _iso(read_typed(time, INT, f"fees[{row}] time_us"))
        found.append(
            [
                time,
                read_typed(item[1], TEXT, f"fees[{row}] kind"),
                read_typed(item[2], FLOAT, f"fees[{row}] amount"),
                read_typed(item[3], INT, f"fees[{row}] order_id"),
            ]
        )
    return found


def _by_keys(given: Any, _hello: dict[str, Any], key: str = "") -> Any:
    """Type numbers by the key under which they stand: many languages have one kind alone."""
    if isinstance(given, dict):
        return {name: _by_keys(value, _hello, name) for name, value in given.items()}
    if isinstance(given, list):
        return [_by_keys(value, _hello, key) for value in given]
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return given
    whole = key in WHOLE_KEYS
    return read_typed(given, INT if whole else FLOAT, key)


_READ = {
    "trades": _trades,
    "equity": _equity,
    "fees": _fees,
    "events": _by_keys,
    "signals": _by_keys,
    "summary": _by_keys,
    "state": _by_keys,
}


def _iso(time_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat()


def _untagged(value: dict[str, Any]) -> Any:
    return parse_bits(value["f64"]) if value.keys() == {"f64"} else value


def _whole(text: str) -> int | float:
    return -0.0 if text == "-0" else int(text)


def _none(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
