"""``commune-coverage check``: every layer read as a run would read it, all problems listed, nothing computed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layer
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.files import write_table
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.quality.input_versions import InputVersion, InputVersions
from commune_coverage.quality.intake import approval_hint, failure_text, failures_after, note_gaps
from commune_coverage.quality.intake_measures import measure_intake
from commune_coverage.quality.select_versions import Inputs, digest_of, layer_inputs, settings_of
from commune_coverage.readers.boundaries.study_area import StudyArea, area_of
from commune_coverage.readers.communes.reader import read_communes
from commune_coverage.readers.registry import ReadContext, ReadResult, layer_specs
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.site.pages.assets import require_installed_files

T = TypeVar("T")
_MAX_REASON = 600


@dataclass
class Findings:
    """Row logs of the layers that can be read, and one sentence for each that cannot.

    ``held`` are the versions that a run would hold back, by layer, so that they can be approved before one.
    """

    logs: list[RowLog] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    held: list[tuple[str, InputVersion]] = field(default_factory=list)


def check_country(country: Country, data_dir: Path = Path("data")) -> Findings:
    """Read every layer; a broken one does not hide the faults of the others.

    Parameters
    ----------
    country : Country
        The country file. Where its communes cannot be read, the other layers are read and not placed.
    data_dir : Path
        Where versions that were approved or published are listed.

    Returns
    -------
    Findings
        Row logs and problems, in the order in which a run reads the layers; then a problem of the link budgets.
    """
    findings, store = Findings(), InputVersions(data_dir, country.code)
    named = dict(country.layer_items)
    _try("pages", require_installed_files, findings)
    with tempfile.TemporaryDirectory() as folder:
        area = _try("communes", lambda: _area(country, Path(folder), findings, store), findings)
        context = ReadContext(country, area, Path(folder))
        for spec in layer_specs():
            if spec.name in named and spec.name != "communes":
                result = _try(spec.name, partial(spec.read, named[spec.name], context), findings)
                if result is not None:
                    findings.logs += result.row_logs
                    _note_unusable(spec.name, result, context, store, findings)
    _try("radios", lambda: load_radios(country.radio.radios), findings)
    return findings


def _try(name: str, read: Callable[[], T], findings: Findings) -> T | None:
    try:
        return read()
    except CoverageError as error:
        findings.problems.append(f"{name}: {error}")
        return None


def hold_versions(findings: Findings, data_dir: Path, country_code: str) -> None:
    """List the versions that were found unusable as held back, so that ``approve`` finds them without a run.

    Parameters
    ----------
    findings : Findings
        What ``check_country`` found.
    data_dir : Path
        Where versions are listed.
    country_code : str
        The country's code.
    """
    store = InputVersions(data_dir, country_code)
    for name, version in findings.held:
        store.hold(name, version)


def _note_unusable(
    name: str, result: ReadResult, context: ReadContext, store: InputVersions, findings: Findings
) -> None:
    """Say why a run would stop at a layer that can be read, unless one has published it or a person approved it."""
    country, layer = context.country, getattr(context.country.layers, name)
    measured = measure_intake(name, layer, result, context.area, context.folder)
    note_gaps(measured, result.row_logs)
    last = store.last_good(name, settings_of(layer))
    failed = failures_after(name, measured, country.intake, {} if last is None else last.measure)
    if not failed:
        return
    files = layer_inputs(layer, Path())
    known = store.find(name, digest_of(files), settings_of(layer))
    why = failure_text(name, failed, result.row_logs, country.intake)
    if known is not None and known.status != "held":
        result.row_logs[0].note(f"{known.status}: {why}")
        return
    findings.problems.append(f"{name}: {why}. {approval_hint(name)}")
    if known is None:
        findings.held.append((name, _version(layer, files, why)))


def _version(layer: Layer, files: Inputs, reason: str) -> InputVersion:
    return InputVersion(
        digest=digest_of(files),
        settings=settings_of(layer),
        status="held",
        run_date=datetime.now(UTC).date(),
        reason=printable(reason, _MAX_REASON),
        files=files,
    )


def _area(country: Country, folder: Path, findings: Findings, store: InputVersions) -> StudyArea:
    context = ReadContext(country, None, folder)
    result = read_communes(country.layers.communes, context)
    findings.logs += result.row_logs
    _note_unusable("communes", result, context, store, findings)
    write_table(folder / "communes.parquet", result.table)
    return area_of(country.layers.communes, country.metric_crs, result.table)
