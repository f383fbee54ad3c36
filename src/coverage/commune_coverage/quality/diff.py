"""What another version of a layer's file changes, row by row, where the layer has rows that can be identified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from commune_coverage.config.layers import FileRef, Layer, PointsFile, TowersFile
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import Headerless, read_table
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES
from commune_coverage.readers.parsing.numbers import is_missing, to_numbers
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.points.reader import is_osm
from commune_coverage.readers.registry import layer_spec
from commune_coverage.readers.towers.cells import REGISTER_KEY, headerless_cells, is_register
from commune_coverage.readers.towers.technology_columns import technology_flags
from commune_coverage.schema.inputs import LAT, LON, Column, Table

_PLACE = tuple(Column(each.name, each.kind, each.sentence, aliases=each.aliases) for each in (LON, LAT))


def layer_changes(name: str, old: Layer, new: Layer) -> RowChanges | None:
    """Compare two versions of a layer's file row by row.

    Parameters
    ----------
    name : str
        The layer.
    old : Layer
        The layer with its old file.
    new : Layer
        The layer with its new file.

    Returns
    -------
    RowChanges or None
        None for a raster, an OSM extract or a layer without rows that can be identified.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a required column is not known.
    """
    spec = layer_spec(name)
    has_rows = bool(spec.key) and all(each.path.suffix.lower() not in RASTER_SUFFIXES for each in (old, new))
    if spec.table is None or not has_rows or any(isinstance(each, PointsFile) and is_osm(each) for each in (old, new)):
        return None
    headerless = headerless_cells(old) if isinstance(old, TowersFile) else None
    placed = _PLACE if name == "people" else ()
    table = Table(spec.table.name, spec.table.sentence, (*placed, *spec.table.columns))
    key = REGISTER_KEY if isinstance(new, TowersFile) and is_register(new) else spec.key
    return row_changes(old, new, table, list(key), headerless)


NEW, REMOVED, CHANGED = "new", "removed", "changed"


@dataclass(frozen=True)
class RowChanges:
    """``rows`` has line, status, key and what changed; the line of a removed row is that in the old file.

    ``same`` rows are in both. ``key`` names the columns that identify a row; where there are none, a row is only
    ever new or removed.
    """

    rows: pd.DataFrame
    same: int
    key: list[str]

    def count(self, status: str) -> int:
        """Count the rows of one status.

        Parameters
        ----------
        status : str
            NEW, REMOVED or CHANGED.

        Returns
        -------
        int
            How many.
        """
        return int((self.rows["status"] == status).sum())


def row_changes(
    old: FileRef, new: FileRef, table: Table, key: list[str], headerless: Headerless | None = None
) -> RowChanges:
    """Compare the rows of two files; numbers are compared as numbers, the rest as text.

    Of rows that share a key the first counts: a run quarantines the others.

    Parameters
    ----------
    old : FileRef
        The old file.
    new : FileRef
        The new file.
    table : Table
        The declared columns that are compared.
    key : list of str
        Columns that identify a row.
    headerless : Headerless or None
        How a text file without a header is known.

    Returns
    -------
    RowChanges
        Rows that are new, removed or changed.
    """
    before, after = (_comparable(ref, table, headerless) for ref in (old, new))
    columns = [name for name in dict.fromkeys([*before.columns, *after.columns]) if name != LINE]
    before, after = (frame.reindex(columns=[*columns, LINE], fill_value="") for frame in (before, after))
    named = [name for name in key if name in columns]
    keyed = named or columns
    if not named:
        before, after = (frame.assign(_nth=frame.groupby(columns).cumcount().astype(str)) for frame in (before, after))
        keyed = [*columns, "_nth"]
    before, after = (frame.drop_duplicates(keyed) for frame in (before, after))
    joined = before.merge(after, on=keyed, how="outer", suffixes=("_old", "_new"), indicator=True)
    rest = [name for name in columns if name not in keyed]
    differs = np.zeros(len(joined), dtype=bool)
    for name in rest:
        differs |= (joined["_merge"] == "both") & (joined[f"{name}_old"] != joined[f"{name}_new"])
    rows = pd.concat(
        [
            _listed(joined[joined["_merge"] == "right_only"], NEW, "new", keyed),
            _listed(joined[differs], CHANGED, "new", keyed, rest),
            _listed(joined[joined["_merge"] == "left_only"], REMOVED, "old", keyed),
        ],
        ignore_index=True,
    )
    return RowChanges(rows, int(((joined["_merge"] == "both") & ~differs).sum()), named)


def _comparable(ref: FileRef, table: Table, headerless: Headerless | None) -> pd.DataFrame:
    """Return the declared columns of a file as text in which equal values are equal, with ``line``."""
    log = RowLog(table.name, ref.path.name)
    rows = read_table(ref, log, headerless)
    rows, ref = technology_flags(rows, ref, log) if isinstance(ref, TowersFile) else (rows, ref)
    picked = pick_columns(rows, table, ref)
    kinds = {column.name: column.kind for column in table.columns}
    for name in picked.columns.drop(LINE):
        texts = picked[name].fillna("").astype("str").str.strip()
        texts = texts.where(~is_missing(texts), "")
        if kinds[name] in ("number", "integer"):
            numbers = pd.Series(to_numbers(picked[name], ref.number_format, table[name]), index=picked.index)
            texts = texts.where(numbers.isna(), numbers.map("{:.12g}".format))
        picked[name] = texts
    return picked


def _listed(joined: pd.DataFrame, status: str, side: str, keyed: list[str], rest: Sequence[str] = ()) -> pd.DataFrame:
    rows: list[dict[str, str]] = joined.astype("str").to_dict("records")  # type: ignore[assignment]
    listed = {
        "line": joined[f"{LINE}_{side}"].astype(int).to_numpy(),
        "status": status,
        "key": ["/".join(row[name] for name in keyed if name != "_nth") for row in rows],
        "what": [_difference(row, rest) for row in rows],
    }
    return pd.DataFrame(listed, columns=["line", "status", "key", "what"]).sort_values("line")


def _difference(row: dict[str, str], names: Sequence[str]) -> str:
    changed = [name for name in names if row[f"{name}_old"] != row[f"{name}_new"]]
    return "; ".join(f"{name} {row[f'{name}_old'] or '(none)'} -> {row[f'{name}_new'] or '(none)'}" for name in changed)
