"""Faults planted in the invented country's files, and the list of where each one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from commune_coverage.core.files import whole_file
from commune_coverage.core.quarantine import Reason

COLUMNS = ["country_file", "layer", "file", "line", "reason_code", "action"]
HOSTILE_NAMES = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=1+1")

Row = list[str]
Fault = tuple[Row, Reason | str]


@dataclass
class Planted:
    """The faults of one country file: quarantined for a reason, or 'repair', 'neighbour', 'out_of_area'."""

    country_file: str
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, layer: str, file: str, line: int, what: Reason | str) -> None:
        """Record one fault at a physical line, sheet row, feature number or cell index."""
        reason, action = (what.name.lower(), "quarantine") if isinstance(what, Reason) else ("", what)
        row = (self.country_file, layer, file, int(line), reason, action)
        self.rows.append(dict(zip(COLUMNS, row, strict=True)))

    def insert(self, layer: str, file: str, good: list[Row], faults: list[Fault], first_line: int) -> list[Row]:
        """``good`` with the faulty rows among its second half, evenly; ``first_line`` is the line of its first row.

        They stand in the second half so that a repeated identifier comes after the first one.
        """
        places = np.linspace(len(good) // 2, len(good), len(faults)).astype(int).tolist()
        rows: list[Row] = []
        start = 0
        for place, (row, what) in zip(places, faults, strict=True):
            rows += good[start:place]
            self.add(layer, file, first_line + len(rows), what)
            rows.append(row)
            start = place
        return rows + good[start:]

    def write(self, folder: Path) -> None:
        """Append to planted_faults.csv."""
        target = folder / "planted_faults.csv"
        before = pd.read_csv(target) if target.is_file() else pd.DataFrame(columns=COLUMNS)
        table = (
            pd.concat([before, pd.DataFrame(self.rows, columns=COLUMNS)]) if len(before) else pd.DataFrame(self.rows)
        )
        with whole_file(target) as path:
            table.to_csv(path, index=False, lineterminator="\n")


def changed(row: Row, **fields: str) -> Row:
    """A copy of a row with some fields, by position ('f3'), replaced."""
    copy = list(row)
    for name, value in fields.items():
        copy[int(name[1:])] = value
    return copy
