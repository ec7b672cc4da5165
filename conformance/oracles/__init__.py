"""Outside oracles: the same candles and signals put to backtesting systems of other authors.

The twins share names and hands, so they may share a misunderstanding; here plain cases (one price
series, no costs) are held against systems that share neither.  `python -m
fillproof.conformance.oracles` runs it; `docs/oracles.md` has the results.

1. `plain.py`: what is put to everybody; `signals.py` makes it.
2. `ours.py`, `backtesting_py.py`, `vectorbt_oracle.py`: who answers.
3. `readings.py`: what each answer has to be, by named rules; `compare.py`: who agrees with whom.
"""
