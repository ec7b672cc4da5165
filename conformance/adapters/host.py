"""Hosts a function of Python as a candidate: `python -m fillproof.conformance.adapters.host`.

The function gets a case as it is in its file and returns an outcome, or raises `Skip`.  Whatever
else it raises is an error of that case; the process lives on.  What it prints goes to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from ..isolation import family
from ..wire import PROTOCOL, dumps, loads, plain
from .authoring import Skip, said_of

__all__ = ["load_function", "main", "serve"]


def main(arguments: list[str] | None = None) -> int:
    """Load the function, then answer until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.adapters.host")
    parser.add_argument("target", help="module:function or path/to/file.py:function")
    parser.add_argument("--folder", default=".", help="where a module is looked for first")
    options = parser.parse_args(arguments)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        function = load_function(options.target, Path(options.folder))
    except (ImportError, AttributeError, TypeError, SyntaxError, OSError) as error:
        told = f"{options.target}: {type(error).__name__}: {error}"
        answers.write(dumps({"protocol": PROTOCOL, "faults": [told]}) + "\n")
        answers.flush()
        return 0
    serve(function, sys.stdin, answers)
    return 0


def load_function(target: str, folder: Path) -> Callable[[dict[str, Any]], Any]:
    """Find a function by `module:function` or `path/to/file.py:function`.

    Raises
    ------
    ImportError, AttributeError, TypeError
        There is no such module, it has no such name, or that is nothing to call.

    Examples
    --------
    >>> load_function("json:dumps", Path(".")).__name__
    'dumps'
    """
    module_name, _, name = target.rpartition(":")
    sys.path.insert(0, str(folder.resolve()))
    if module_name.endswith(".py"):
        module = _from_file(folder / module_name)
    else:
        module = importlib.import_module(module_name)
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{name} is {found!r}, nothing to call")
    function: Callable[[dict[str, Any]], Any] = found
    return function


def serve(function: Callable[[dict[str, Any]], Any], requests: TextIO, answers: TextIO) -> None:
    """Say what the function gives, then answer one request a line."""

    def say(message: dict[str, Any]) -> None:
        answers.write(dumps(message) + "\n")
        answers.flush()

    said = {"can": ["case", "proof"], **said_of(function)}
    say({"protocol": PROTOCOL, **said})
    answered = 0
    for line in requests:
        request = loads(line)
        number = request["id"]
        if request["do"] == "proof":
            say({"id": number, "proof": {"answered": answered, "modules": _modules(function)}})
            continue
        say({"id": number, **_answer(function, request["case"])})
        answered += 1


def _answer(function: Callable[[dict[str, Any]], Any], case: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"outcome": plain(function(case))}
    except Skip as reason:
        return {"skip": str(reason) or "no reason given"}
    except Exception as error:  # noqa: BLE001  (whatever it raises is its answer)
        traceback.print_exc(file=sys.stderr)
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        return {"error": f"{type(error).__name__}: {error} ({where})"}


def _from_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ImportError(f"there is no file {path}")
    sys.path.insert(0, str(path.resolve().parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _modules(function: Callable[..., Any]) -> dict[str, str]:
    """Name the function's file, and every module of an engine of ours that it has loaded."""
    module = getattr(function, "__module__", None) or type(function).__module__
    names = [name for name in sys.modules if family(name) is not None]
    return {
        name: str(getattr(sys.modules.get(name), "__file__", None))
        for name in sorted({module, *names})
    }


if __name__ == "__main__":
    sys.exit(main())
