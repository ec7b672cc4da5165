"""An older version against this one: which trades change, and by which rule.

    from .versions import against, verify_against

    candidate = against("git+HEAD~20")          # or "fillproof==0.1.0", "python@FOLDER"
    exit_code = verify_against(job, "git+HEAD~20", console=console, json_file=None)

`against` builds the named version into an environment of its own and gives a running candidate, as
`conformance.candidates.connect` does; it answers `{"do": "case"}` of protocol 1, since older
releases know no jobs.  `verify_against` is the whole command `fillproof verify --against`.
"""

from __future__ import annotations

from .comparison import against, verify_against

__all__ = ["against", "verify_against"]
