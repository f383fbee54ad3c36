"""What the checks found of a run, as it is kept beside its tables, and the run that it is compared with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commune_coverage.config.quality import Severity
from commune_coverage.config.renamed import with_new_configuration
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.files import read_attributes
from commune_coverage.core.quarantine import printable
from commune_coverage.core.run_places import whole_run
from commune_coverage.core.state.declared import CHECKS, MANIFEST, REPORT
from commune_coverage.core.state.renamed_fields import RENAMED_FIELDS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Shown:
    """Report, manifest and commune table of the run that is shown."""

    report: dict[str, Any]
    manifest: dict[str, Any]
    table: pd.DataFrame


def shown_run(data_dir: Path) -> tuple[Shown | None, str]:
    """The run that is shown, None before the first or where it cannot be read; and then why, else ''."""
    latest = whole_run(data_dir)
    if not latest.is_dir():
        return None, ""
    try:
        report, manifest = REPORT.read(latest / "report.json"), MANIFEST.read(latest / "manifest.json")
        table = read_attributes(latest / "commune_gaps.parquet").rename(columns=RENAMED_FIELDS)
        return Shown(report, with_new_configuration(manifest), table), ""
    except (OSError, ValueError, UnreadableFileError) as error:
        return None, printable(str(error), 200)


@dataclass(frozen=True)
class ApprovedChange:
    """What layers in a version that a person has let in change of the national figures, by nothing but themselves.

    ``moved`` has the change of each figure that is known before and after, in the unit of the figure. ``unknown`` says
    why it could not be computed; nothing is excused then.
    """

    layers: list[str] = field(default_factory=list)
    moved: dict[str, float] = field(default_factory=dict)
    unknown: str = ""

    def expected(self, before: dict[str, Any]) -> dict[str, float | None]:
        """National figures after ``before``, had nothing changed but the approved layers; None where not known."""
        numbers = {name: value for name, value in before.items() if value is None or isinstance(value, int | float)}
        return {name: None if value is None else value + self.moved.get(name, 0.0) for name, value in numbers.items()}


FILE = "checks.json"


@dataclass(frozen=True)
class Finding:
    """One check of one run: passed while ``measure`` is at most ``limit``."""

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


def write_findings(folder: Path, findings: list[Finding]) -> None:
    CHECKS.write(folder / FILE, {"checks": [asdict(one) for one in findings]})


def findings_in(folder: Path) -> list[Finding]:
    """The findings of the run in a folder; none where it was never checked."""
    source = folder / FILE
    return CHECKS.typed(CHECKS.read(source)["checks"], list[Finding], source) if source.is_file() else []


def failed(findings: list[Finding], severity: Severity) -> list[Finding]:
    """The findings of one severity that did not pass."""
    return [one for one in findings if one.severity == severity and not one.passed]
