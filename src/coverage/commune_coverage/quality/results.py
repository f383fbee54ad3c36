"""What the checks found of a night, as it is kept beside its tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from commune_coverage.config.quality import Severity
from commune_coverage.core.files import read_json, write_json

FILE = "checks.json"


@dataclass(frozen=True)
class Finding:
    """One check of one night: passed while ``measure`` is at most ``limit``."""

    name: str
    severity: Severity
    limit: float
    measure: float
    passed: bool
    detail: str

    @property
    def sentence(self) -> str:
        """What is wrong, in plain words, with the numbers."""
        return f"{self.name.replace('_', ' ')}: {self.detail} (limit {self.limit:g})"


def write_findings(folder: Path, found: list[Finding]) -> None:
    write_json(folder / FILE, [asdict(one) for one in found])


def findings_in(folder: Path) -> list[Finding]:
    """The findings of the run in a folder; none where it was never checked."""
    listed: list[dict[str, Any]] = read_json(folder / FILE) if (folder / FILE).is_file() else []
    return [Finding(**one) for one in listed]


def failed(found: list[Finding], severity: Severity) -> list[Finding]:
    """The findings of one severity that did not pass."""
    return [one for one in found if one.severity == severity and not one.passed]
