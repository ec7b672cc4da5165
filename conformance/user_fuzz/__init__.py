"""Fuzz for users: their strategy, on their data and settings, both changed at random.

The generator is a plain seeded one, so that an installed Fillproof needs nothing else; the same
seed gives the same examples.
"""

from .arena import Arena, Differs
from .example import Example, draw_example
from .loop import Fuzzing, fuzz
from .source import Source

__all__ = ["Arena", "Differs", "Example", "Fuzzing", "Source", "draw_example", "fuzz"]
