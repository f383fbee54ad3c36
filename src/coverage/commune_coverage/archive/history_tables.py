"""Tables of the history: Parquet files of declared columns, a file a run, below ``run_date=…``.

Each says which format it is of (``format`` of the schema's metadata; 0 where it does not say). A column that came after
a table was written is unknown in it: no column of later tables is lost, whichever table is read first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from commune_coverage.archive.records import is_as_recorded
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import printable
from commune_coverage.core.state.files import FORMAT, require_known
from commune_coverage.core.state.renamed_fields import RENAMED_FIELDS
from commune_coverage.schema.inputs import Table

PARTITION = "run_date="
TABLE_FORMAT = 1
_TYPES = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_()}


def partition_of(folder: Path, run_date: str) -> Path:
    """Name the folder of a date's tables."""
    return folder / f"{PARTITION}{run_date}"


def dates_of(folder: Path) -> dict[str, Path]:
    """List the folders of a kind of tables by their date, oldest first."""
    return {path.name.removeprefix(PARTITION): path for path in sorted(folder.glob(f"{PARTITION}*"))}


def keep_table(target: Path, frame: pd.DataFrame, declared: Table) -> None:
    """Write a table of a run.

    Parameters
    ----------
    target : Path
        The file.
    frame : DataFrame
        What the run found; a declared column that it lacks is unknown in every row.
    declared : Table
        The columns that such tables have; further ones of the frame stay beside them.
    """
    missing = [name for name in declared.names if name not in frame]
    table = pa.Table.from_pandas(frame.assign(**dict.fromkeys(missing)), preserve_index=False)
    for column in declared.columns:
        place = table.schema.get_field_index(column.name)
        kept = table.column(place).cast(_TYPES[column.kind])
        table = table.set_column(place, pa.field(column.name, kept.type), kept)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), FORMAT: str(TABLE_FORMAT)})
    with atomic_write(target, durable=True) as path:
        pq.write_table(table, path)


def read_kept(source: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table of a run.

    Parameters
    ----------
    source : Path
        The file.
    columns : sequence of str, optional
        Columns to read, all unless given. One that came later than the table is unknown in every row.

    Returns
    -------
    DataFrame

    Raises
    ------
    UnreadableFileError
        When it is damaged.
    NewerFormatError
        When a newer version wrote it.
    """
    try:
        if not is_as_recorded(source):
            raise ValueError("it does not have its digest")
        file = pq.ParquetFile(source)
        number = int((file.schema_arrow.metadata or {}).get(FORMAT.encode(), 0))
        require_known(number, TABLE_FORMAT, source)
        there = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
        frame = file.read(columns=there).to_pandas().rename(columns=RENAMED_FIELDS)
    except (OSError, ValueError, pa.ArrowException) as error:
        place = f"'{printable(source.parent.name, 40)}/{printable(source.name, 100)}'"
        raise UnreadableFileError(
            f"{place} of the history is damaged: put back a copy of it from a backup (docs/production.md); where there"
            " is none, move it out of the data folder, and what it says of that day is unknown from then on"
        ) from error
    return frame if columns is None else frame.reindex(columns=list(columns))
