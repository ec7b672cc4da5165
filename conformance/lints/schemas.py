"""Validators of JSON schemas for files in which the same numbers stand again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    """Make a validator that holds each text against each definition of its schema once.

    Examples
    --------
    >>> number = {"type": "string", "pattern": "^[0-9.]+$"}
    >>> prices = validator_of({"items": {"$ref": "#/$defs/number"}, "$defs": {"number": number}})
    >>> [error.message for error in prices.iter_errors(["1.1", "1.2", "1.1", "dear"])]
    ["'dear' does not match '^[0-9.]+$'"]
    """
    sound = set[tuple[str, str]]()
    plain = Draft202012Validator.VALIDATORS["$ref"]

    def definition(
        validator: Any, name: str, instance: Any, inner: dict[str, Any]
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, str):
            yield from plain(validator, name, instance, inner)
        elif (name, instance) not in sound:
            errors = list(plain(validator, name, instance, inner))
            if not errors:
                sound.add((name, instance))
            yield from errors

    remembering = extend(Draft202012Validator, {"$ref": definition})  # type: ignore[no-untyped-call]
    made: Draft202012Validator = remembering(schema)
    return made
