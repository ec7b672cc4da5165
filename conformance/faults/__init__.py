"""Faults planted on purpose into the real sources, to see that the harness finds and names them.

Each is a `.patch` with a `.toml` of the same name that says which cases must turn red and what the
first divergence must name.  `python -m fillproof.conformance.faults` plants them one by one in a
copy.
"""
