"""Makes trade lists with other backtesting systems, for the auditor to be tried on.

Each file runs in an environment that has the system, not Fillproof:

    python backtesting_py.py BARS.csv TRADES.csv

All trade the same: EMA 10 over EMA 50 of the close is bought, under it sold, one position at a
time, 10,000 units, stop 10 pips and target 20 pips from the close of the signal's bar.  They know
one price series, or with nautilus_trader two.
"""
