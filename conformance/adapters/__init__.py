"""Candidates that are no backend of ours: any callable of Python, any program that reads lines.

A program is described by an adapter file (`adapter_file`) and speaks one JSON object a line
(`schema/protocol.schema.json`).  A function of Python gets a process of its own (`host`); what
helps to write one is in `authoring` and `plain_case`.
"""

from .authoring import Skip, engine
from .plain_case import Bar, PlainCase, Quote, Signal, read_case

__all__ = ["Bar", "PlainCase", "Quote", "Signal", "Skip", "engine", "read_case"]
