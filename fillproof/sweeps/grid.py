"""The combinations of a sweep: names and values, by their place, never all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import product
from typing import Any

import pyarrow as pa

from fillproof.canonical_json import dumps
from fillproof.errors import ConfigError

__all__ = ["Grid", "refuse"]

#: What a parameter may be: what a column can hold, and text can show.
_PLAIN = (bool, int, float, str)


class Grid:
    """Combinations of parameters, each with its place; the last name varies fastest.

    Parameters
    ----------
    values : mapping of str to sequence, or iterable of mappings
        Names with the values of each, for all combinations; or the combinations themselves, all of
        the same names.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: no combination at all, one of other names than the first, or a value
        that is no number, text, truth value or None.

    Examples
    --------
    >>> grid = Grid({"fast": [5, 10], "slow": [20, 50, 100]})
    >>> len(grid), grid[4]
    (6, {'fast': 10, 'slow': 50})
    >>> Grid([{"fast": 5, "slow": 20}])[0]
    {'fast': 5, 'slow': 20}
    """

    def __init__(self, values: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]]) -> None:
        self._axes: dict[str, list[Any]] | None = None
        self._listed: list[dict[str, Any]] = []
        if isinstance(values, Mapping):
            self._axes = {str(name): _axis(name, axis) for name, axis in values.items()}
            self.names = tuple(self._axes)
            self._length = 1
            for axis in self._axes.values():
                self._length *= len(axis)
        else:
            self._listed = [_combination(place, given) for place, given in enumerate(values)]
            self.names = tuple(self._listed[0]) if self._listed else ()
            self._length = len(self._listed)
            for place, one in enumerate(self._listed):
                if set(one) != set(self.names):
                    raise refuse(
                        f"grid[{place}]", sorted(one), f"the names of the first: {self.names}"
                    )
        if not self.names or not self._length:
            raise refuse("grid", values, "at least one name with at least one value")

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> dict[str, Any]:
        if not 0 <= place < self._length:
            raise IndexError(f"combination {place} of {self._length}")
        if self._axes is None:
            return dict(self._listed[place])
        made: dict[str, Any] = {}
        for name in reversed(self.names):
            axis = self._axes[name]
            place, at = divmod(place, len(axis))
            made[name] = axis[at]
        return {name: made[name] for name in self.names}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._axes is None:
            return map(dict, self._listed)
        each = product(*self._axes.values())
        return (dict(zip(self.names, values, strict=True)) for values in each)

    def at(self, places: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give some places with their combinations, in the order of the places.

        Examples
        --------
        >>> list(Grid({"fast": [5, 10]}).at([1]))
        [(1, {'fast': 10})]
        """
        if places == range(self._length):
            return enumerate(self)
        return ((place, self[place]) for place in places)

    def __repr__(self) -> str:
        return f"Grid({self._length} combinations of {', '.join(self.names)})"

    def types(self) -> dict[str, pa.DataType]:
        """Return the type of each parameter's column; whole and broken numbers together are float.

        Raises
        ------
        ConfigError
            ``OPTION_UNKNOWN``: values of one name that no column can hold together.
        """
        return {name: _type(name, self._values(name)) for name in self.names}

    def digest(self) -> str:
        """Hash names, values and order, so that a sweep can be told from another one."""
        told: Any = self._listed
        if self._axes is not None:
            # As a list, since the order of the names is that of the combinations.
            told = [[name, axis] for name, axis in self._axes.items()]
        return blake2b(dumps(told).encode(), digest_size=16).hexdigest()

    def _values(self, name: str) -> Iterable[Any]:
        if self._axes is not None:
            return self._axes[name]
        return (one[name] for one in self._listed)


def _axis(name: object, values: Iterable[Any]) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise refuse(f"grid[{name!r}]", values, "a sequence of values")
    axis = [_plain(f"grid[{name!r}]", value) for value in values]
    if not axis:
        raise refuse(f"grid[{name!r}]", values, "at least one value")
    return axis


def _combination(place: int, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise refuse(f"grid[{place}]", given, "a mapping of names to values")
    return {str(name): _plain(f"grid[{place}][{name!r}]", value) for name, value in given.items()}


def _plain(field: str, value: Any) -> Any:
    """Return a value as Python's own; a number of numpy's is one, too."""
    if hasattr(value, "item") and not isinstance(value, _PLAIN):
        value = value.item()
    if value is not None and not isinstance(value, _PLAIN):
        raise refuse(field, value, "a number, text, truth value or None")
    return value


def _type(name: str, values: Iterable[Any]) -> pa.DataType:
    kinds = {type(value) for value in values if value is not None}
    for allowed, made in (
        (set(), pa.null()),
        ({bool}, pa.bool_()),
        ({str}, pa.string()),
        ({int}, pa.int64()),
        ({int, float}, pa.float64()),
    ):
        if kinds <= allowed:
            return made
    told: Sequence[str] = sorted(kind.__name__ for kind in kinds)
    raise refuse(f"grid[{name!r}]", told, "values of one kind: numbers, texts or truth values")


def refuse(field: str, value: object, expected: str) -> ConfigError:
    """Make the error for what a sweep cannot be made of."""
    shown = repr(value)
    return ConfigError(
        f"{field} is {shown if len(shown) <= 120 else shown[:117] + '...'}; expected {expected}",
        code="OPTION_UNKNOWN",
        field=field,
        value=value,
        expected=expected,
    )
