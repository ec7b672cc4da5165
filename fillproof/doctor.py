"""``fillproof doctor``: what works here, and what to do about what does not."""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import typer

from fillproof import __version__, backends
from fillproof.errors import FillproofError

_HERE = Path(__file__).resolve().parent


def examine() -> int:
    """Print what is known of this installation.

    Returns
    -------
    int
        0 if the backend that would be used works, else 1.
    """
    typer.echo(f"fillproof {__version__} from {_HERE}")
    typer.echo(f"Python {platform.python_version()} on {platform.platform()}")
    _line("data", _dependencies())
    shadow = shadowed()
    if shadow is not None:
        _line("note", f"this folder hides the installed package in {shadow}; the sources run")
        typer.echo(
            "  cure: leave the checkout's folder, or install with: python -m pip install -e ."
        )
    for name in backends.NAMES:
        found = backends.status(name)
        _line(name, "works" if found.ok else found.state)
        typer.echo(f"  {found.detail}")
        for key in ("version", "build", "profile", "compiler", "source_hash"):
            if found.info.get(key):
                typer.echo(f"  {key}: {_text(found.info[key])}")
        if found.cure:
            typer.echo(f"  cure: {found.cure}")
    asked = os.environ.get(backends.VARIABLE)
    try:
        used = backends.chosen_name()
    except FillproofError as error:
        _line("in use", f"none: {error.code}: {error}")
        return 1
    _line("in use", f"{used}" + (f" (asked for by {backends.VARIABLE})" if asked else ""))
    return 0


def shadowed() -> Path | None:
    """Return the folder of an installed fillproof that is not the one that runs; None if none is.

    A checkout's folder comes first on the path of ``python -m`` and of scripts in it, so that an
    installed wheel, with its compiled modules, is passed over in silence.
    """
    # All of them: a checkout may hold metadata of its own, and it is found first there.
    for distribution in metadata.distributions(name="fillproof"):
        told = distribution.read_text("direct_url.json")
        if told and json.loads(told).get("dir_info", {}).get("editable"):
            root = url2pathname(urlsplit(json.loads(told)["url"]).path)
            path = Path(root) / "fillproof"
        else:
            path = Path(str(distribution.locate_file("fillproof")))
        if path.is_dir() and path.resolve() != _HERE:
            return path
    return None


def _dependencies() -> str:
    found = []
    for name in ("numpy", "pyarrow"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} is missing; cure: python -m pip install {name}")
    return ", ".join(found)


def _line(label: str, text: str) -> None:
    typer.echo(f"{label + ':':<8} {text}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
