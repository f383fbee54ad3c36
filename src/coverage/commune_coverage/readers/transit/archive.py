"""The members of a GTFS archive as tables; nothing else of it is unpacked."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import pandas as pd

from commune_coverage.config.layers import FileRef, GtfsLayer
from commune_coverage.core.errors import EmptyTableError, UnreadableFileError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.parsing.coordinates import locate_rows
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.readers.safety.files import check_zip, copy_member
from commune_coverage.schema.gtfs import MEMBERS, REQUIRED_MEMBERS, STOPS
from commune_coverage.schema.inputs import Table

_TIME = r"^\s*(\d{1,3}):([0-5]\d):([0-5]\d)\s*$"
_TIMES = ("arrival_time", "departure_time", "start_time", "end_time")


def read_members(layer: GtfsLayer) -> tuple[dict[str, pd.DataFrame], dict[str, RowLog]]:
    """Read the members that a timetable is made of.

    Parameters
    ----------
    layer : GtfsLayer
        A zip archive of GTFS.

    Returns
    -------
    dict of str to DataFrame
        Rows by member, typed, times in minutes; without members that the archive does not hold.
    dict of str to RowLog
        By member; that of the stops is the layer's own.

    Raises
    ------
    UnreadableFileError
        When the archive is damaged, or lacks a member that is needed.
    UnsafeArchiveError
        When it would leave its folder or unpack to far more than it should.
    """
    tables: dict[str, pd.DataFrame] = {}
    logs: dict[str, RowLog] = {}
    with check_zip(layer.path) as archive, tempfile.TemporaryDirectory() as folder:
        members = _members(archive, layer.path)
        for table in MEMBERS:
            if table.name in members:
                name = "gtfs" if table is STOPS else f"gtfs.{table.name}"
                logs[table.name] = RowLog(name, f"{layer.path.name}/{table.name}.txt")
                target = copy_member(archive, members[table.name], Path(folder) / f"{table.name}.txt", layer.path)
                tables[table.name] = _typed(target, table, logs[table.name])
    return tables, logs


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    """Names in the archive by the members that are read."""
    wanted = {f"{table.name}.txt": table.name for table in MEMBERS}
    found: dict[str, str] = {}
    for name in archive.namelist():
        member = wanted.get(PurePosixPath(name).name.lower())
        if member is None or "__MACOSX" in name:
            continue
        if member in found:
            raise UnreadableFileError(f"'{path.name}' holds two files {member}.txt; make an archive of each timetable")
        found[member] = name
    lacking = [f"{name}.txt" for name in REQUIRED_MEMBERS if name not in found]
    if not {"calendar", "calendar_dates"} & set(found):
        lacking.append("calendar.txt")
    if lacking:
        raise UnreadableFileError(f"'{path.name}' is no GTFS archive: it lacks {', '.join(lacking)}")
    return found


def _typed(target: Path, table: Table, log: RowLog) -> pd.DataFrame:
    ref = FileRef(path=target)
    try:
        rows = pick_columns(read_table(ref, log), table, ref)
    except EmptyTableError:
        if table is STOPS:
            raise
        return pd.DataFrame({column.name: pd.Series(dtype=object) for column in table.columns})
    if table is STOPS:
        rows = locate_rows(rows, None, ref.number_format, log)
    rows = check_rows(rows, table, log, ref.number_format)
    for name in (name for name in _TIMES if name in table.names):
        rows = _in_minutes(rows, name, log)
    return rows


def _in_minutes(rows: pd.DataFrame, name: str, log: RowLog) -> pd.DataFrame:
    """Times in minutes after midnight, NaN where there is none; what is no time sets its row aside."""
    texts = rows[name].astype("str") if name in rows else pd.Series("", index=rows.index)
    parts = texts.str.extract(_TIME).astype("float64")
    minutes = parts[0] * 60 + parts[1] + parts[2] / 60
    rows = rows.assign(**{name: texts})
    is_time = (minutes.notna() | (texts.str.strip() == "")).to_numpy()
    rows = rows_where(rows, pd.Series(is_time, index=rows.index), Reason.NOT_A_NUMBER, name, log)
    return rows.assign(**{name: minutes[is_time]})
