"""What settings are read and made with: numbers, words, and frozen values of them."""

from __future__ import annotations

from .arithmetic import is_finite
from .errors import make_error


def number(value: object, field: str, *, least: float, above: bool = False) -> float:
    """Read a setting as a finite float that is at least (or above) a bound.

    Errors
    ------
    NUMBER_INVALID
    """
    if type(value) is float and is_finite(value) and value > least:
        return value + 0.0
    expected = f"a finite number {'>' if above else '>='} {least}"
    if isinstance(value, bool) or not (
        hasattr(type(value), "__float__") or hasattr(type(value), "__index__")
    ):
        raise make_error("NUMBER_INVALID", field=field, value=value, expected=expected)
    x = float(value)  # type: ignore[arg-type]
    if not is_finite(x) or x < least or (above and x == least):
        raise make_error("NUMBER_INVALID", field=field, value=value, expected=expected)
    return x + 0.0


def is_name(value: object) -> bool:
    """Tell whether a value is text that is not empty."""
    return isinstance(value, str) and value != ""


def is_currency(value: object) -> bool:
    """Tell whether a value can name a currency: text without a slash that is not empty (P5)."""
    return isinstance(value, str) and value != "" and "/" not in value


def is_whole(value: object) -> bool:
    """Tell whether a value is an int, True and False left out."""
    return isinstance(value, int) and not isinstance(value, bool)


class Settings:
    """A frozen value: its fields are named once, compared, shown and pickled by name."""

    _fields: tuple[str, ...] = ()

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is read-only")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other).__name__ != type(self).__name__:
            return NotImplemented
        return self._values() == tuple(getattr(other, name, None) for name in self._fields)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._values()))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._values()


def choice(value: object, field: str, options: tuple[str, ...]) -> str:
    """Read a setting that is one of a few words.

    Errors
    ------
    OPTION_UNKNOWN
    """
    if not isinstance(value, str) or value not in options:
        raise make_error("OPTION_UNKNOWN", field=field, value=value, expected=" or ".join(options))
    return value


def whole(value: object, field: str, *, least: int, most: int) -> int:
    """Read a setting as a whole number from ``least`` to ``most``.

    Errors
    ------
    NUMBER_INVALID
    """
    if not is_whole(value) or not least <= value <= most:  # type: ignore[operator]
        raise make_error(
            "NUMBER_INVALID", field=field, value=value,
            expected=f"a whole number from {least} to {most}",
        )  # fmt: skip
    return value  # type: ignore[return-value]


def flag(value: object, field: str) -> bool:
    """Read a setting that is True or False.

    Errors
    ------
    OPTION_UNKNOWN
    """
    if not isinstance(value, bool):
        raise make_error("OPTION_UNKNOWN", field=field, value=value, expected="True or False")
    return value


def period(value: object, field: str) -> int:
    """Read a setting that counts bars, at least one.

    Errors
    ------
    PERIOD_INVALID
    """
    if not is_whole(value) or value < 1:  # type: ignore[operator]
        raise make_error("PERIOD_INVALID", field=field, value=value, expected="a whole number >= 1")
    return value  # type: ignore[return-value]
