"""The version gate of a run: what was read is compared with the last good version, and what is good is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from commune_coverage.archive.integrity import sound_shown_run
from commune_coverage.config.layers import Layer
from commune_coverage.config.quality import Intake
from commune_coverage.core.errors import CoverageError, HeldVersionError, UnusableLayerError
from commune_coverage.core.files import read_json
from commune_coverage.core.quarantine import printable
from commune_coverage.pipeline.stage import Gate
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.report import log_of
from commune_coverage.quality.input_versions import InputVersion
from commune_coverage.quality.intake import Measured, approval_hint, failure_text, failures_after
from commune_coverage.quality.results import ApprovedChange, Shown
from commune_coverage.quality.select_versions import digest_of, national_failure, plausibility_failure, settings_of
from commune_coverage.readers.formats.provenance import files_of
from commune_coverage.runs.run import Run

_MAX_REASON = 600
_NO_FIGURES = ("layers", "plausibility", "intake", "checks", "history", "decisions")


def measure_of(name: str, result: StageResult) -> dict[str, float]:
    """What is compared between versions of a layer: rows in and around the country, people, area, communes."""
    rows, facts = [log for log in result.logs if log.layer == name and log.read], result.facts
    measure = {"rows": float(sum(log.kept + log.neighbours for log in rows))} if rows else {}
    judged = [each for each in result.intake if each["extent"] == "country"]
    measure |= {each["check"]: max(each["share"], measure.get(each["check"], 0.0)) for each in judged}
    named = {"counted": "people", "communes": "communes", "area_km2": "area_km2"}
    return measure | {ours: float(facts[theirs]) for theirs, ours in named.items() if theirs in facts}


def check_layer_version(run: Run, name: str, record: dict[str, Any]) -> None:
    """Hold the layer's newest version back when most of it is unusable, or it is not plausible after the last good one.

    Raises HeldVersionError, or UnusableLayerError where there is no good one. A version that a person has approved
    passes.
    """
    layer, last = _last_good(run, name)
    if layer is None or name in run.held:
        return
    before, measure = {} if last is None else last.measure, record["measure"]
    intake = "" if _is_published(run, name, layer) else intake_failure(name, record, run.country.intake, before)
    plausibility = plausibility_failure(measure, before, run.country.plausibility)
    if failure := "; ".join(filter(None, (plausibility, intake))):
        _hold(run, name, layer, failure, measure=measure)


def intake_failure(name: str, record: dict[str, Any], limits: Intake, before: dict[str, float]) -> str:
    """Why most of a layer is unusable, by its stage's record; '' where it is not.

    What the last good version, whose measures are ``before``, is over the limit in was let in with it.
    """
    measured = [Measured(**each) for each in record["intake"]]
    failed = failures_after(name, measured, limits, before)
    return failure_text(name, failed, [log_of(log) for log in record["logs"]], limits)


def check_layer_reading(run: Run, name: str, error: CoverageError) -> None:
    """Hold back a version that cannot be read, where a good one can stand in. Raises HeldVersionError."""
    layer, last = _last_good(run, name)
    if layer is not None and last is not None:
        _hold(run, name, layer, printable(error, 300))


def check_national_change(run: Run, _name: str, _record: dict[str, Any]) -> None:
    """Hold back what is new when the national gaps are not plausible after those published last.

    Only under the same settings: other thresholds give other gaps. What approved layers change by themselves is no
    fault of the others. Raises HeldVersionError.
    """
    shown, _ = sound_shown_run(run.data_dir)
    if shown is None:
        return
    now, settings = _without_layers(run.manifest), _without_layers(shown.manifest)
    new = {name: layer for name, layer in run.country.layer_items if _is_new(run, name, layer)}
    if not new or any(settings.get(key) != value for key, value in now.items()):
        return
    expected = approved_change(run, shown).expected(shown.report["national"])
    failure = national_failure(read_json(run.stages_folder / "national.json"), expected, run.country.plausibility)
    if not failure:
        return
    for name, layer in new.items():
        run.inputs.hold(name, _version(run, name, layer, "held", reason=failure))
    raise HeldVersionError(f"{', '.join(new)}: the newest version is held back: {failure}")


LAYER_GATE = Gate(measure_of, check_layer_version, check_layer_reading)
NATIONAL_GATE = Gate(lambda _name, _result: {}, check_national_change, lambda _run, _name, _error: None)


def _last_good(run: Run, name: str) -> tuple[Layer | None, InputVersion | None]:
    """The layer and its last good version, where another version is tried now."""
    layer: Layer | None = getattr(run.country.layers, name)
    if layer is None or name in run.held:
        return layer, None
    return layer, run.inputs.last_good(name, settings_of(layer))


def keep_inputs(run: Run) -> None:
    """Keep the files of every layer as its last good version, now that all checks are passed."""
    for name, version, paths in _used(run):
        run.inputs.keep(name, version, paths)


def store_inputs(run: Run) -> None:
    """Store the files of every layer, for the run to be explained; whether or not they are good."""
    for _, version, paths in _used(run):
        run.inputs.store(version, paths)


def _used(run: Run) -> Iterator[tuple[str, InputVersion, dict[str, Path]]]:
    """Name, version and files of every layer that comes in its newest version, and of the radios."""
    for name, layer in run.country.layer_items:
        if name not in run.held:
            version = _version(run, name, layer, "good", measure=run.stage_report(name)["measure"])
            yield name, version, {part: ref.path for part, ref in files_of(layer)}
    radios = run.country.radio.radios
    if radios is not None:
        files = {"": run.manifest["inputs"]["radios"]}
        version = InputVersion(digest=digest_of(files), settings="", status="good", run_date=run.run_date, files=files)
        yield "radios", version, {"": radios}


def approved_change(run: Run, shown: Shown) -> ApprovedChange:
    """What the layers change by themselves that a person has let in and no run has published."""
    approved = approved_layers(run)
    return run.hooks.approved_change(run, shown, approved) if approved else ApprovedChange()


def approved_layers(run: Run) -> list[str]:
    """Layers whose version a person has approved and no run has published yet."""
    approved = []
    for name, layer in run.country.layer_items:
        if name not in run.held:
            version = _version(run, name, layer, "good")
            known = run.inputs.find(name, version.digest, version.settings)
            approved += [name] if known is not None and known.status == "approved" else []
    return approved


def _is_new(run: Run, name: str, layer: Layer) -> bool:
    """Whether the layer's version was neither published nor approved, while an older one was published."""
    if name in run.held or run.inputs.last_good(name, settings_of(layer)) is None:
        return False
    version = _version(run, name, layer, "good")
    return run.inputs.find(name, version.digest, version.settings) is None


def _is_published(run: Run, name: str, layer: Layer) -> bool:
    version = _version(run, name, layer, "good")
    known = run.inputs.find(name, version.digest, version.settings)
    return known is not None and known.status == "good"


def _hold(run: Run, name: str, layer: Layer, reason: str, **facts: Any) -> None:
    """Hold the layer's version back, unless a person has approved it."""
    version = _version(run, name, layer, "held", reason=printable(reason, _MAX_REASON), **facts)
    known = run.inputs.find(name, version.digest, version.settings)
    if known is not None and known.status == "approved":
        return
    run.inputs.hold(name, version)
    if run.inputs.last_good(name, version.settings) is None:
        raise UnusableLayerError(f"{name}: {version.reason}. {approval_hint(name)}")
    raise HeldVersionError(f"{name}: its newest version is held back: {version.reason}")


def _version(run: Run, name: str, layer: Layer, status: Literal["good", "held"], **facts: Any) -> InputVersion:
    """The layer's version as the manifest knows it."""
    inputs = run.manifest["inputs"]
    files = {part: inputs[f"{name}.{part}".rstrip(".")] for part, _ in files_of(layer)}
    return InputVersion(
        digest=digest_of(files), settings=settings_of(layer), status=status, run_date=run.run_date, files=files, **facts
    )


def _without_layers(manifest: dict[str, Any]) -> dict[str, Any]:
    configuration = {key: value for key, value in manifest["configuration"].items() if key not in _NO_FIGURES}
    return {**configuration, "code": manifest["versions"]["code"]}
