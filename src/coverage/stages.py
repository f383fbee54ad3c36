"""The page: every stage, what it reads, what it writes. The command line and the flows walk it in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from coverage.errors import CoverageError, EngineError
from coverage.runs import Run
from coverage.steps import agreement, capacity, gaps, ingest, ingest_ground, network, publish, reach, signal, snapping
from coverage.steps.guarding import guard_layer, guard_national, guard_reading, measure_of
from coverage.steps.report import StageNotes, measured, write_stage_report

Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Stage:
    """One step of a run. ``reads`` and ``writes`` name artifacts in the run's stages folder."""

    name: str
    group: Literal["ingest", "compute", "publish"]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    function: Callable[[Run, Progress], StageNotes]


STAGES = (
    Stage("communes", "ingest", (), ("communes",), ingest.communes),
    Stage("people", "ingest", ("communes",), ("places", "fractions"), ingest.people),
    Stage("towers", "ingest", ("communes",), ("cells", "sites"), ingest.towers),
    Stage("hubs", "ingest", ("communes",), ("hubs",), ingest.hubs),
    Stage("payments", "ingest", ("communes",), ("payments",), ingest.payments),
    Stage("roads", "ingest", ("communes",), ("roads",), ingest.roads),
    Stage("elevation", "ingest", ("places", "cells"), ("elevation",), ingest_ground.elevation),
    Stage("water", "ingest", ("communes",), ("water",), ingest_ground.water),
    Stage("flood", "ingest", ("communes",), ("flood",), ingest_ground.flood),
    Stage("friction", "ingest", ("communes",), ("friction",), ingest_ground.friction),
    Stage("speed_tests", "ingest", ("communes",), ("speed_tests",), ingest.speed_tests),
    Stage("fibre", "ingest", ("communes",), ("fibre",), ingest.fibre),
    Stage("subscriptions", "ingest", ("communes",), ("subscriptions",), ingest.subscriptions),
    Stage("signal", "compute", ("places", "cells", "speed_tests", "fibre"), ("network", "signal"), signal.signal),
    Stage("agreement", "compute", ("speed_tests", "signal"), ("agreement",), agreement.agreement),
    Stage("network", "compute", ("roads", "elevation", "water", "flood", "friction"), ("network",), network.network),
    Stage("snapping", "compute", ("places", "network", "hubs", "payments"), ("snapping",), snapping.snapping),
    Stage("reach", "compute", ("snapping", "hubs", "payments"), ("reach",), reach.reach),
    Stage("capacity", "compute", ("reach", "hubs", "places"), ("reach",), capacity.capacity),
    Stage(
        "gaps",
        "compute",
        ("communes", "places", "fractions", "cells", "signal", "reach", "speed_tests", "fibre", "subscriptions"),
        ("commune_gaps",),
        gaps.gaps,
    ),
    Stage("exports", "publish", ("commune_gaps",), ("exports", "report"), publish.exports),
    Stage("maps", "publish", ("commune_gaps", "report"), ("maps",), publish.maps),
    Stage("publish", "publish", ("exports", "maps"), ("latest",), publish.publish),
)


def run_stage(stage: Stage, run: Run, progress: Progress = silent) -> None:
    """Do one stage of a run, unless an earlier, killed run has finished it."""
    if (run.stages_folder / f"{stage.name}.report.json").is_file() and stage.group != "publish":
        return
    with measured() as cost:
        notes = _guarded(stage, run, progress)
    if run.folder.is_dir():
        write_stage_report(run, stage.name, notes, cost)


def _guarded(stage: Stage, run: Run, progress: Progress) -> StageNotes:
    """The stage done; a layer's version that cannot be read, or cannot be right, is held back.

    Raises HeldVersionError when the last good version is to be used instead.
    """
    try:
        notes = stage.function(run, progress)
    except CoverageError as error:
        if stage.group == "ingest" and not isinstance(error, EngineError):
            guard_reading(run, stage.name, error)
        raise
    if stage.group == "ingest":
        notes.measure = measure_of(stage.name, notes.logs, notes.facts)
        guard_layer(run, stage.name, notes.measure)
    if stage.name == "gaps":
        guard_national(run)
    return notes
