"""What stages leave in a run's folder: the files of an artifact, their digest, the reports of finished stages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.state.declared import STAGE_REPORT
from commune_coverage.readers.safety.files import sha256

REPORT = ".report"
_REPORT_ENDING = f"{REPORT}.json"


def files_of_artifact(stages: Path, artifact: str) -> list[Path]:
    """The files of an artifact, none where it was not written, in a fixed order."""
    alone = [path for path in stages.glob(f"{artifact}.*") if not path.name.endswith(_REPORT_ENDING)]
    return sorted([*alone, *(path for path in (stages / artifact).rglob("*") if path.is_file())])


def artifact_digest(stages: Path, artifact: str) -> str:
    """SHA-256 of the names and contents of the artifact's files."""
    files = [[path.relative_to(stages).as_posix(), sha256(path)] for path in files_of_artifact(stages, artifact)]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def artifacts_in(stages: Path) -> dict[str, str]:
    """The digest of every artifact that the stages have left, by its name."""
    digests = StageReports(stages).digests
    return {name: digest for name, digest in sorted(digests.items()) if not name.endswith(REPORT)}


class StageReports:
    """The reports of a run's finished stages: read once from its folder, then kept up to date by the run itself."""

    def __init__(self, stages: Path) -> None:
        self._stages = stages
        self._trusted: set[str] = set()

    @cached_property
    def _records(self) -> dict[str, dict[str, Any]]:
        """A report that a power failure left empty is of a stage that is not finished."""
        records = {}
        for path in sorted(self._stages.glob(f"[!.]*{_REPORT_ENDING}")):
            with suppress(UnreadableFileError):
                records[path.name.removesuffix(_REPORT_ENDING)] = STAGE_REPORT.read(path)
        return records

    def __contains__(self, stage: object) -> bool:
        return stage in self._records

    def holds(self, stage: str, artifacts: Iterable[str]) -> bool:
        """Whether the stage is finished and its artifacts are as it reported them.

        A process trusts what it reported itself. What an earlier one left is believed by its digests; a stage whose
        artifacts differ is none that is finished.
        """
        if stage not in self._records or stage in self._trusted:
            return stage in self._records
        stated = self._records[stage].get("digests", {})
        if all(stated.get(name) == artifact_digest(self._stages, name) for name in artifacts):
            self._trusted.add(stage)
            return True
        del self._records[stage]
        return False

    def __getitem__(self, stage: str) -> dict[str, Any]:
        return self._records[stage]

    @property
    def digests(self) -> dict[str, str]:
        """Of every artifact, and as ``<stage>.report`` of what each stage reported."""
        return {name: digest for record in list(self._records.values()) for name, digest in record["digests"].items()}

    def remember(self, stage: str, record: Mapping[str, Any]) -> None:
        """Count a stage as finished without writing its report."""
        self._records[stage] = dict(record)
        self._trusted.add(stage)

    def write(self, stage: str, record: Mapping[str, Any]) -> None:
        """Write the report of a finished stage, the mark that it is finished."""
        STAGE_REPORT.write(self._stages / f"{stage}{_REPORT_ENDING}", dict(record))
        self.remember(stage, record)
