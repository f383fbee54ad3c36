"""``commune-coverage check``: every layer read as a run would read it, all problems listed, nothing computed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from commune_coverage.config.country import Country
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.files import write_table
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea, area_of
from commune_coverage.readers.communes.reader import read_communes
from commune_coverage.readers.registry import ReadContext, layer_specs
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.site.pages.assets import require_installed_files

T = TypeVar("T")


@dataclass
class Findings:
    """Row logs of the layers that can be read, and one sentence for each that cannot."""

    logs: list[RowLog] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check_country(country: Country) -> Findings:
    """Read every layer; a broken one does not hide the faults of the others.

    Parameters
    ----------
    country : Country
        The country file. Where its communes cannot be read, the other layers are read and not placed.

    Returns
    -------
    Findings
        Row logs and problems, in the order in which a run reads the layers; then a problem of the link budgets.
    """
    findings = Findings()
    named = dict(country.layer_items)
    _try("pages", require_installed_files, findings)
    with tempfile.TemporaryDirectory() as folder:
        area = _try("communes", lambda: _area(country, Path(folder), findings), findings)
        context = ReadContext(country, area, Path(folder))
        for spec in layer_specs():
            if spec.name in named and spec.name != "communes":
                result = _try(spec.name, partial(spec.read, named[spec.name], context), findings)
                if result is not None:
                    findings.logs += result.row_logs
                    findings.problems += [f"{spec.name}: {problem}" for problem in result.problems]
    _try("radios", lambda: load_radios(country.radio.radios), findings)
    return findings


def _try(name: str, read: Callable[[], T], findings: Findings) -> T | None:
    try:
        return read()
    except CoverageError as error:
        findings.problems.append(f"{name}: {error}")
        return None


def _area(country: Country, folder: Path, findings: Findings) -> StudyArea:
    result = read_communes(country.layers.communes, ReadContext(country, None, folder))
    findings.logs += result.row_logs
    write_table(folder / "communes.parquet", result.table)
    return area_of(country.layers.communes, country.metric_crs, result.table)
