"""The page: every stage, what it reads, what it writes. The command line and the flows walk it in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from commune_coverage.core.errors import CoverageError, EngineError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.resources import clear_caches, release_memory, resident_mb
from commune_coverage.engine import prestart_workers
from commune_coverage.pipeline.cache import (
    StageSpec,
    cache_key,
    digests_of,
    incremental_cache_key,
    restore_from_cache,
    restricted_view,
    save_to_cache,
)
from commune_coverage.pipeline.stages.ingest.version_gate import (
    check_layer_reading,
    check_layer_version,
    check_national_change,
    measure_of,
)
from commune_coverage.pipeline.stages.report import INGESTS, StageResult, measured, stage_record, write_stage_report
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]


def null_progress(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


StageFunction = Callable[[Run, Progress], StageResult]


def late(module: str, name: str) -> StageFunction:
    """A function of a module of steps, imported when it is called: what is taken from another run needs none."""

    def call(run: Run, progress: Progress) -> StageResult:
        function: StageFunction = getattr(import_module(f"commune_coverage.pipeline.stages.{module}"), name)
        return function(run, progress)

    return call


# What workers import, all of it together.
_IN_WORKERS = tuple(
    f"commune_coverage.pipeline.stages.{name}" for name in ("ingest.layers", "radio.stage", "travel.snapping")
)


@dataclass(frozen=True)
class Stage(StageSpec):
    """One step of a run, with all that it depends on."""

    function: StageFunction = field(kw_only=True)


def _ingest(name: str, function: StageFunction, *writes: str, settings: tuple[str, ...] = ()) -> Stage:
    """A layer put in place within the communes, whose own layer says from which year their codes are."""
    reads = () if name == "communes" else ("communes",)
    own = tuple(dict.fromkeys(("communes", name)))
    return Stage(name, "ingest", reads, writes, own, ("metric_crs", *settings), function=function)


_ROAD_LAYERS = ("elevation", "water", "flood", "friction")
_RADIO = ("radio", "urbanisation", "thresholds")

STAGES = (
    _ingest("communes", late("ingest.layers", "communes"), "communes", settings=("languages",)),
    _ingest(
        "people", late("ingest.layers", "people"), "places", "shares", "urbanisation_grid", "people_sums",
        settings=("urbanisation",),
    ),
    _ingest(
        "towers", late("ingest.layers", "towers"), "cells", "cell_communes", "sites", settings=("operators", "radio")
    ),
    _ingest("hubs", late("ingest.layers", "hubs"), "hubs", "hub_communes", settings=("parcels",)),
    _ingest("payments", late("ingest.layers", "payments"), "payments", "payment_communes"),
    _ingest("roads", late("ingest.layers", "roads"), "roads"),
    _ingest("elevation", late("ingest.layers", "elevation")),
    _ingest("water", late("ingest.layers", "water")),
    _ingest("flood", late("ingest.layers", "flood")),
    _ingest("friction", late("ingest.layers", "friction")),
    _ingest("speed_tests", late("ingest.layers", "speed_tests"), "speed_tests"),
    _ingest("fibre", late("ingest.layers", "fibre"), "fibre"),
    _ingest("subscriptions", late("ingest.layers", "subscriptions"), "subscriptions"),
    _ingest("challenges", late("ingest.layers", "challenges"), "challenges"),
    Stage(
        "radio", "compute", ("places", "urbanisation_grid", "cells", "speed_tests", "fibre"),
        ("transmitters", "radio", "cell_users"),
        ("towers", "elevation"), _RADIO, incremental_inputs=("cells", "towers"),
        checkpoint=("serving_cells", "busy_hour"), function=late("radio.stage", "signal"),
    ),
    Stage(
        "model_validation", "compute", ("places", "urbanisation_grid", "speed_tests", "transmitters", "radio"),
        ("model_validation",),
        ("elevation",), _RADIO, function=late("radio.calibration", "agreement"),
    ),
    Stage(
        "internet_sums", "compute", ("communes", "places", "shares", "radio", "fibre"), ("internet_sums",), (),
        ("radio",), incremental_inputs=("radio",), function=late("radio.commune_sums", "internet_sums"),
    ),
    Stage(
        "network", "compute", ("communes", "roads", "roads.report"), ("network",), ("communes", *_ROAD_LAYERS),
        ("metric_crs", "travel"), function=late("travel.network", "network"),
    ),
    Stage(
        "snapping", "compute", ("places", "network"), ("snapping",), (), ("travel",),
        function=late("travel.snapping", "snapping"),
    ),
    Stage(
        "direct_walks", "compute", ("places", "network", "hubs", "payments"), ("direct_walks",), (),
        ("travel", "thresholds"),
        function=late("travel.snapping", "write_direct_walks"),
    ),
    Stage(
        "travel_times", "compute", ("places", "network", "hubs", "payments"), ("travel_times",), ("elevation", "flood"),
        ("travel", "parcels"), function=late("travel.stage", "travel_times"),
    ),
    Stage(
        "capacity", "compute", ("places", "network", "snapping", "direct_walks", "travel_times", "hubs", "payments"),
        ("hub_access",), (), ("travel", "parcels"), function=late("travel.capacity", "capacity"),
    ),
    Stage(
        "delivery_sums", "compute",
        ("communes", "places", "shares", "network", "snapping", "direct_walks", "travel_times", "hub_access"),
        ("delivery_sums", "hub_people"),
        (), ("travel", "thresholds"), function=late("travel.commune_sums", "delivery_sums"),
    ),
    Stage(
        "payment_sums", "compute",
        ("communes", "places", "shares", "network", "snapping", "direct_walks", "travel_times"),
        ("payment_sums",), (), ("travel", "thresholds"), function=late("travel.commune_sums", "payment_sums"),
    ),
    Stage(
        "indicators", "compute",
        (
            "communes", "cells", "cell_communes", "transmitters", "network", "speed_tests", "subscriptions",
            "challenges",
            *(f"{theme}_sums" for theme in ("people", "internet", "delivery", "payment")),
            "radio.report", *(f"{name}.report" for name in INGESTS),
        ),
        ("commune_gaps", "operator_coverage", "national"), ("speed_tests", "towers", "fibre"),
        ("thresholds", "radio", "travel", "parcels", "parcel_cost", "composite", "evidence", "languages"), True,
        function=late("indicators.stage", "gaps"),
    ),
    Stage("boundaries", "draw", ("communes",), ("boundaries",), function=late("site.stage", "shapes")),
    Stage(
        "signal_overlay", "draw", ("places", "radio"), ("signal_overlay",), (), ("thresholds",),
        function=late("site.stage", "signal_picture"),
    ),
    Stage(
        "travel_overlays", "draw", ("places", "network", "snapping", "direct_walks", "travel_times", "boundaries"),
        ("travel_overlays",), (), ("travel", "thresholds"), function=late("site.stage", "minutes_pictures"),
    ),
    Stage(
        "served_sites", "draw", ("communes", "places", "shares", "sites", "cell_users"), ("served_sites",),
        ("communes",), ("metric_crs",), function=late("radio.served_sites", "served_sites"),
    ),
    Stage("exports", "publish", ("commune_gaps",), ("exports", "report"), function=late("publish.stage", "exports")),
    Stage("checks", "publish", ("commune_gaps", "report"), ("checks",), function=late("publish.stage", "checks")),
    Stage("changes", "publish", ("commune_gaps",), ("changes",), function=late("publish.changes", "changes")),
    Stage(
        "maps", "publish",
        (
            "commune_gaps", "report", "changes", "sites", "served_sites", "hubs", "hub_communes", "hub_people",
            "hub_access", "boundaries", "signal_overlay", "travel_overlays",
        ),
        ("maps",), function=late("publish.stage", "maps"),
    ),
    Stage("publish", "publish", ("exports", "checks", "maps"), ("current",), function=late("publish.stage", "publish")),
)  # fmt: skip


def run_stage(stage: Stage, run: Run, progress: Progress = null_progress) -> None:
    """Do one stage of a run, unless this run has finished it before it was killed, or another has left the same."""
    if (run.stages_folder / f"{stage.name}.report.json").is_file() and stage.is_cacheable:
        return
    if not stage.is_cacheable or not _taken(stage, run):
        _do(stage, run, progress)


def _taken(stage: Stage, run: Run) -> bool:
    """Whether the stage was done under the same name before, and is put into this run."""
    with measured() as cost:
        said = restore_from_cache(stage, run, cache_key(stage, run))
        if said is None:
            return False
        _guard(stage, run, said["measure"])
    write_stage_report(run, said | {"reused": True} | cost)
    log_event(run.data_dir, "stage", run_id=run.run_id, stage=stage.name, reused=True, **cost)
    return True


def _do(stage: Stage, run: Run, progress: Progress) -> None:
    if stage.produces_indicators and not stage.depends_on_run_date:
        prestart_workers(run.engine, _IN_WORKERS)
    key, held_mb = cache_key(stage, run) if stage.is_cacheable else "", resident_mb()
    with measured() as cost:
        notes = _read(stage, run, progress)
    record: dict[str, Any] = stage_record(stage.name, notes) | cost
    if stage.is_cacheable:
        record |= {"key": key, "basis": incremental_cache_key(stage, run) if stage.incremental_inputs else ""}
        record |= {"digests": digests_of(stage, run.stages_folder, stage_record(stage.name, notes))}
    if stage.group != "ingest":
        clear_caches()
    release_memory(held_mb)
    log_event(run.data_dir, "stage", run_id=run.run_id, stage=stage.name, reused=False, **cost)
    if run.folder.is_dir():
        write_stage_report(run, record)
    if stage.is_cacheable:
        save_to_cache(stage, run, key)


def _read(stage: Stage, run: Run, progress: Progress) -> StageResult:
    """The stage done; a layer's version that cannot be read, or cannot be right, is held back.

    Raises HeldVersionError when the last good version is to be used instead.
    """
    try:
        notes = stage.function(restricted_view(stage, run), progress)
    except CoverageError as error:
        if stage.group == "ingest" and not isinstance(error, EngineError):
            check_layer_reading(run, stage.name, error)
        raise
    if stage.group == "ingest":
        notes.measure = measure_of(stage.name, notes.logs, notes.facts)
    _guard(stage, run, notes.measure)
    return notes


def _guard(stage: Stage, run: Run, measure: dict[str, float]) -> None:
    if stage.group == "ingest":
        check_layer_version(run, stage.name, measure)
    if stage.name == "indicators":
        check_national_change(run)
