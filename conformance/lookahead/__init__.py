"""Looks for signals that depend on what had not happened yet, and for too short a warm-up.

`examine` runs a strategy again and again with the future cut off or replaced; every signal up to
the cut has to stay exactly what it was.  `warm_up` starts it with more and fewer bars before.
"""

from .bench import Bench, JobBench, StrategyBench
from .finding import Examination, Finding
from .market import Market
from .search import examine
from .warmup import WarmUp, warm_up
from .watching import Given

__all__ = [
    "Bench", "Examination", "Finding", "Given", "JobBench", "Market", "StrategyBench", "WarmUp",
    "examine", "warm_up",
]  # fmt: skip
