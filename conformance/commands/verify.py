"""The command `fillproof verify`."""

from ..cli import verify

__all__ = ["verify"]
