"""The night that is shown, as the next one is compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.files import read_json, read_table
from commune_coverage.core.quarantine import printable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Shown:
    """Report, manifest and commune table of the night that is shown."""

    report: dict[str, Any]
    manifest: dict[str, Any]
    table: pd.DataFrame


def shown_night(data_dir: Path) -> tuple[Shown | None, str]:
    """The night that is shown, None before the first or where it cannot be read; and then why, else ''."""
    latest = data_dir / "latest"
    if not latest.is_dir():
        return None, ""
    try:
        report, manifest = (read_json(latest / name) for name in ("report.json", "manifest.json"))
        return Shown(report, manifest, read_table(latest / "commune_gaps.parquet")), ""
    except (OSError, ValueError, UnreadableFileError) as error:
        return None, printable(str(error), 200)
