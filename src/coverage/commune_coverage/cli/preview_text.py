"""A preview as lines for a terminal, and whole as CSV files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from commune_coverage.core.quarantine import printable
from commune_coverage.pipeline.preview import Preview
from commune_coverage.publish.exports import write_csv
from commune_coverage.quality.diff import CHANGED, NEW, REMOVED

_SHOWN = 20


def preview_lines(preview: Preview) -> list[str]:
    """What the file would change, in plain words; long lists are cut and say so."""
    counts = preview.counts
    names = {"read": "read", "kept": "kept", "neighbours": "neighbours", "out_of_area": "out of area"}
    names["quarantined"] = "quarantined"
    lines = [f"{preview.layer}: " + ", ".join(f"{counts[name]:,} {words}" for name, words in names.items())]
    lines += [f"  {printable(note, 300)}" for note in preview.notes]
    lines += ["rows: not compared, the file is read as a whole"] if preview.changes is None else _rows(preview)
    lines += _cut([_quarantined(row) for row in preview.quarantined])
    lines += _communes(preview.moved)
    if preview.doubt:
        lines.append(f"a run would hold this version back: {preview.doubt}")
    return lines


def _rows(preview: Preview) -> list[str]:
    changes = preview.changes
    if changes is None:
        return []
    key = "by " + ", ".join(changes.key) if changes.key else "as whole rows: no column identifies them"
    counts = ", ".join(f"{changes.count(status):,} {status}" for status in (NEW, CHANGED, REMOVED))
    rows = changes.rows[["line", "status", "key", "what"]].itertuples(index=False)
    return [f"rows: {counts}, {changes.same:,} as before, compared {key}", *_cut(_row(*row) for row in rows)]


def _row(line: int, status: str, key: str, what: str) -> str:
    where = f"line {line} of the present file" if status == REMOVED else f"line {line}"
    return f"  {status}, {where} ({printable(key)})" + (f": {printable(what, 200)}" if what else "")


def _quarantined(row: dict[str, object]) -> str:
    detail = f" ({row['detail']})" if row["detail"] else ""
    return f"  quarantined, line {row['line']}: {row['reason']}{detail}"


def _communes(moved: pd.DataFrame) -> list[str]:
    codes = moved.drop_duplicates("commune_code")
    if codes.empty:
        return ["communes: no figure of any commune would move"]
    figures = {code: _figures(rows) for code, rows in moved.groupby("commune_code")}
    names = zip(codes["commune_code"], codes["commune_name"], strict=True)
    listed = [f"  {printable(code)} {printable(name)}: {figures[code]}" for code, name in names]
    return [f"communes: figures of {len(codes):,} would move", *_cut(listed)]


def _figures(rows: pd.DataFrame) -> str:
    return "; ".join(f"{row['figure']} {row['before']:,.6g} -> {row['after']:,.6g}" for row in rows.to_dict("records"))


def _cut(lines: Iterable[str]) -> list[str]:
    listed = list(lines)
    more = len(listed) - _SHOWN
    return listed if more <= 0 else [*listed[:_SHOWN], f"  … and {more:,} more: --out writes all of them"]


def write_preview(preview: Preview, folder: Path) -> None:
    """``rows.csv``, ``quarantined.csv`` and ``communes.csv`` in ``folder``."""
    rows = (
        preview.changes.rows if preview.changes is not None else pd.DataFrame(columns=["line", "status", "key", "what"])
    )
    write_csv(rows, folder / "rows.csv")
    write_csv(
        pd.DataFrame(preview.quarantined, columns=["line", "reason_code", "reason", "detail"]),
        folder / "quarantined.csv",
    )
    write_csv(preview.moved, folder / "communes.csv")
