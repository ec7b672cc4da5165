"""How fast the backends are: `fillproof bench` and `fillproof profile`.

A time stands only beside a digest that another backend has found too. `cases.py` says what is
timed, `plan.py` how, `report.py` makes tables of the times, `comparison.py` looks for losses.
"""
