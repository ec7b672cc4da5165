"""Time zones of trade lists: what a platform's clock shows, and when that was."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fillproof.errors import ConfigError

__all__ = ["ZONE_HELP", "Zone", "parse_zone"]

ZONE_HELP = (
    "a zone such as UTC, UTC+2, Europe/Athens, or America/New_York+7 "
    "(the clock of New York, 7 hours ahead, as many MetaTrader servers show it)"
)
_FIXED = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_SHIFTED = re.compile(r"(.+?)([+-]\d{1,2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Zone:
    """A clock: a zone of the tz database, and hours by which it is ahead of that.

    Examples
    --------
    >>> clock = parse_zone("America/New_York+7")
    >>> clock.to_us(datetime(2021, 7, 5, 0, 0)) == parse_zone("UTC+3").to_us(datetime(2021, 7, 5))
    True
    """

    def __init__(self, text: str, zone: ZoneInfo | timezone, ahead_hours: int = 0) -> None:
        self.text = text
        self._zone = zone
        self._ahead = timedelta(hours=ahead_hours)

    def to_us(self, shown: datetime) -> int:
        """Turn what the clock shows into microseconds since 1970 UTC."""
        moment = (shown - self._ahead).replace(tzinfo=self._zone)
        return (moment - _EPOCH) // timedelta(microseconds=1)

    def __repr__(self) -> str:
        return f"Zone({self.text})"


def parse_zone(text: str) -> Zone:
    """Read the name of a zone.

    Parameters
    ----------
    text
        ``UTC``, an offset such as ``UTC+2`` or ``-05:30``, a name of the tz database, or such a
        name with hours added.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: there is no such zone.

    Examples
    --------
    >>> parse_zone("UTC+2").to_us(datetime(1970, 1, 1, 2))
    0
    """
    name = text.strip()
    if name.upper() in {"UTC", "GMT", "Z"}:
        return Zone("UTC", UTC)
    if fixed := _FIXED.fullmatch(name):
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        if minutes < 24 * 60:
            offset = timedelta(minutes=minutes if fixed[1] == "+" else -minutes)
            return Zone(name, timezone(offset))
    shifted = _SHIFTED.fullmatch(name)
    for base, ahead in ((name, 0), *([(shifted[1], int(shifted[2]))] if shifted else [])):
        try:
            return Zone(name, ZoneInfo(base), ahead)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    raise ConfigError(
        f"time zone is {text!r}; expected {ZONE_HELP}",
        code="OPTION_UNKNOWN",
        field="zone",
        value=text,
        expected=ZONE_HELP,
    )
