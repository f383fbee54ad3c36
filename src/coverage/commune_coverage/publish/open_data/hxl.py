"""The commune table with a row of tags of the Humanitarian Exchange Language, as the HDX portal takes it.

Source: HXL 1.1, https://hxlstandard.org.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from commune_coverage.core.files import atomic_write
from commune_coverage.publish.open_data.table_files import COMMUNES, TableFile
from commune_coverage.schema.areas import LEVELS
from commune_coverage.schema.inputs import Column

_AREA = re.compile(rf"({'|'.join(LEVELS)})_(code|name)(?:_([a-z]+))?")


def write_hxl(tables: Sequence[TableFile], folder: Path) -> None:
    """Write ``hxl/commune_gaps.csv``: the same table, with a tag below each name.

    Parameters
    ----------
    tables : sequence of TableFile
        All tables of an edition.
    folder : Path
        Where ``hxl/`` goes.
    """
    for table in tables:
        if table.name == COMMUNES:
            _write_tagged(table, folder / "hxl" / table.path.name)


def _write_tagged(table: TableFile, target: Path) -> None:
    levels = [level for level in reversed(LEVELS) if table.has(f"{level}_code")]
    with (
        table.path.open(encoding="utf-8-sig", newline="") as source,
        atomic_write(target) as path,
        path.open("w", encoding="utf-8", newline="") as stream,
    ):
        rows, writer = csv.reader(source), csv.writer(stream, lineterminator="\n")
        writer.writerow(next(rows))
        writer.writerow([tag_of(column, levels) for column in table.columns])
        writer.writerows(rows)


def tag_of(column: Column, levels: Sequence[str]) -> str:
    """Name the tag of a column.

    Parameters
    ----------
    column : Column
        Of the commune table.
    levels : sequence of str
        Levels of areas that the table names, the largest first.

    Returns
    -------
    str
        Such as ``#adm3+code`` or ``#indicator+internet_gap_share``.
    """
    area = _AREA.fullmatch(column.name)
    if area and area[1] in levels:
        language = f"+i_{area[3] or 'en'}" if area[2] == "name" else ""
        return f"#adm{levels.index(area[1]) + 1}+{area[2]}{language}"
    if column.name == "people":
        return "#population"
    if column.kind in ("number", "integer"):
        return f"#{'affected' if column.unit == 'people' else 'indicator'}+{column.name}"
    return f"#meta+{column.name}"
