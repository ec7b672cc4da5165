"""Results on disk: written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fillproof.canonical_json import dumps
from fillproof.errors import DataError
from fillproof.tables import SCHEMAS

if TYPE_CHECKING:
    import pyarrow as pa

    from fillproof.results import BacktestResult

_FILE = "result.json"


def write_folder(folder: Path, tables: Mapping[str, pa.Table], record: Mapping[str, Any]) -> Path:
    """Write tables and record beside the folder's place, then move them there."""
    from pyarrow import parquet

    folder = folder.absolute()
    refuse_foreign(folder)
    text = dumps(record)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, since only a move within one file system is all or nothing.
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        made.chmod(0o755)
        for name, table in tables.items():
            parquet.write_table(table, made / f"{name}.parquet")
        (made / _FILE).write_text(text, encoding="utf-8", newline="\n")
        swap_in(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def refuse_foreign(folder: Path) -> None:
    """Raise FileExistsError where something stands that is neither a result nor an empty folder."""
    if folder.exists() and not _replaceable(folder):
        raise FileExistsError(f"{folder} exists and is not a result of fillproof; name another")


def _replaceable(folder: Path) -> bool:
    return folder.is_dir() and ((folder / _FILE).is_file() or not any(folder.iterdir()))


def swap_in(made: Path, folder: Path) -> None:
    """Move a folder to its place, which may hold an older result."""
    if not folder.exists():
        made.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    folder.rename(aside / "old")
    try:
        made.rename(folder)
    except OSError:
        # The older result is worth more than tidiness: nothing is deleted until it is replaced.
        (aside / "old").rename(folder)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def record_of(
    result: BacktestResult, version: int, tables: Mapping[str, pa.Table], digest_aside: str
) -> dict[str, Any]:
    """Return what ``result.json`` holds of a result, as plain values."""
    from fillproof import __version__

    return {
        "schema": "fillproof-result",
        "version": version,
        "fillproof": __version__,
        "backend": result.backend,
        "build": result.build,
        "config": result.config,
        "summary": result.summary,
        "exact": result.exact,
        "rejections": result.rejections,
        "crossed_bars": result.crossed_bars,
        "notes": result.notes,
        "digest": result.digest,
        "digest_aside": digest_aside,
        "rows": {name: table.num_rows for name, table in tables.items()},
    }


def read_record(folder: Path, version: int) -> dict[str, Any]:
    """Read ``result.json`` of a saved result of a version."""
    file = folder / _FILE
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(file, str(error)) from None
    if record.get("schema") != "fillproof-result" or record.get("version") != version:
        told = f"schema {record.get('schema')!r}, version {record.get('version')!r}"
        raise unreadable(file, f"{told}; this release reads version {version}")
    return record


def check_digests(folder: Path, found: Mapping[str, str], record: Mapping[str, Any]) -> None:
    """Hold the digests of the tables that were read against those that were saved."""
    for name, value in found.items():
        if value != record.get(name):
            raise DataError(
                f"{folder}: the tables have the {name} {value}, {_FILE} says "
                f"{record.get(name)}; they are not the ones that were saved",
                code="FILE_UNREADABLE",
                field=name,
                value=value,
                expected=record.get(name),
            )


def read_table(folder: Path, name: str) -> pa.Table:
    """Read one table of a saved result; its columns must be those of this release."""
    import pyarrow as pa
    from pyarrow import parquet

    file = folder / f"{name}.parquet"
    try:
        table = parquet.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file, " ".join(str(error).split())) from None
    if not table.schema.equals(SCHEMAS[name]):
        raise unreadable(file, f"columns {', '.join(table.column_names)}")
    return table


def unreadable(file: Path, told: str) -> DataError:
    """Make the error for a file that is no part of a result."""
    return DataError(
        f"{file}: cannot be read as a result: {told}",
        code="FILE_UNREADABLE",
        field=str(file),
        value=told,
        expected="a folder written by BacktestResult.save",
    )
