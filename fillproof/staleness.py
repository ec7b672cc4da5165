"""The hash of the Rust sources, as the build of the Rust engine computes it.

Only of use in a checkout, where the compiled module can be older than the sources beside it. The
algorithm is that of ``rsengine/crates/python/build.rs``: FNV-1a over each file's name and CRC-32.
"""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

_BASIS = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = (1 << 64) - 1


def rust_source_hash(crates: Path) -> str:
    """Hash the sources of both crates.

    Parameters
    ----------
    crates : Path
        The folder that holds ``engine`` and ``python``.

    Returns
    -------
    str
        16 hex digits.
    """
    value = _BASIS
    for name in ("ahead/src", "engine/src", "python/src"):
        # Paths compare by their parts, in Rust as here.
        for file in sorted((crates / name).rglob("*.rs"), key=lambda path: path.parts):
            value = _eat(value, file.relative_to(crates).as_posix().encode())
            text = file.read_bytes().replace(b"\r\n", b"\n")
            value = _eat(value, crc32(text).to_bytes(4, "little"))
    return f"{value:016x}"


def _eat(value: int, data: bytes) -> int:
    for byte in data + len(data).to_bytes(8, "little"):
        value = ((value ^ byte) * _PRIME) & _MASK
    return value
