"""The bars of `fillproof bench`, for the scripts beside this file."""

from fillproof.conformance.bench.made_bars import made_bars

__all__ = ["made_bars"]
