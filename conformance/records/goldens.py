"""Goldens of a user's own: questions that the reference has answered, pinned by digest.

A folder holds questions, `NAME.toml`, each a configuration as `fillproof run --config` reads it,
and their answers, `NAME.json`.  `pins.json` has the digest of every answer and says who made it.
Only the reference answers, by default python; another one is named by `reference = "..."` in
`goldens.toml`.  An answer that a candidate made would prove the candidate right whatever it does,
so it is refused, as is one that was edited by hand.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ..jobs import Job, read_job
from .pins import REFERENCE, read_pin
from .sources import file_digest

__all__ = ["PINS", "PINS_SCHEMA", "SCHEMA", "SETTINGS", "Golden", "Goldens", "RefusedError"]

PINS = "pins.json"
SETTINGS = "goldens.toml"
SCHEMA = "fillproof-golden"
PINS_SCHEMA = "fillproof-golden-pins"


class RefusedError(ValueError):
    """Something that may not be done to goldens, with the reason."""


@dataclass(frozen=True)
class Golden:
    """One question and what is known of its answer.

    Attributes
    ----------
    name
        Stem of both files.
    question, answer
        The files.
    pin
        What `pins.json` says of the answer; None where it says nothing.
    """

    name: str
    question: Path
    answer: Path
    pin: dict[str, Any] | None

    def job(self) -> Job:
        """Read the question; files are looked for beside it."""
        return read_job(config=Path(self.question.name), folder=self.question.parent)

    def faults(self, reference: str) -> list[str]:
        """Say why the answer is not to be relied on; empty where it is."""
        if not self.answer.is_file():
            return ["is not filled yet"]
        if self.pin is None:
            return [f"{self.answer.name} has no pin: nobody knows who made it"]
        found = []
        if file_digest(self.answer) != self.pin["answer"]:
            found.append(f"{self.answer.name} was edited after it was filled")
        maker = self.pin["made_by"]
        if maker["backend"] != reference or maker["role"] != "reference":
            found.append(
                f"{self.answer.name} was made by {maker['backend']} as the {maker['role']}; "
                f"the reference is {reference}"
            )
        return found

    def read(self) -> dict[str, Any]:
        """Read the answer."""
        document = read_pin(self.answer, SCHEMA)
        answer: dict[str, Any] = document["expect"]
        return {"question": document["question"], **answer}


@dataclass
class Goldens:
    """A folder of goldens.

    Attributes
    ----------
    folder
        Where they lie.
    reference
        Who alone may answer.
    goldens
        By name.
    """

    folder: Path
    reference: str
    goldens: list[Golden]

    @classmethod
    def read(cls, folder: Path, only: str | None = None) -> Goldens:
        """Read what a folder asks and what is pinned.

        Raises
        ------
        RefusedError
            There is no such folder, or its pins were edited.
        """
        if not folder.is_dir():
            raise RefusedError(f"{folder}: no such folder of goldens")
        pins: dict[str, Any] = {}
        if (folder / PINS).is_file():
            try:
                pins = read_pin(folder / PINS, PINS_SCHEMA)["goldens"]
            except ValueError as error:
                raise RefusedError(f"{error}: delete it and fill again") from None
        reference = REFERENCE
        if (folder / SETTINGS).is_file():
            settings = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
            unknown = sorted(set(settings) - {"reference"})
            if unknown:
                raise RefusedError(f"{folder / SETTINGS}: {unknown[0]} is unknown; only reference")
            reference = settings.get("reference", REFERENCE)
        found = [
            Golden(path.stem, path, path.with_suffix(".json"), pins.get(path.stem))
            for path in sorted(folder.glob("*.toml"))
            if path.name != SETTINGS and (only is None or fnmatch(path.stem, only))
        ]
        return cls(folder, reference, found)

    def orphans(self) -> list[str]:
        """Name answers without a question."""
        asked = {path.stem for path in self.folder.glob("*.toml")}
        answers = {
            path.stem
            for path in self.folder.glob("*.json")
            if path.name != PINS and f'"{SCHEMA}"' in path.read_text("utf-8", errors="replace")
        }
        return sorted(answers - asked)
