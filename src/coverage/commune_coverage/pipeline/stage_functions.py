"""The function of every stage, whose module is imported when it is called: what comes from the cache needs none.

``code_digest`` reads the imports below, so that each stage's cache key holds the code that it runs.
"""

from __future__ import annotations

from collections.abc import Callable

from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.readers.layer_spec import LayerSpec
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]


def ingest(spec: LayerSpec) -> Callable[[Run, Progress], StageResult]:
    """The function of the stage that reads a layer."""

    def read(run: Run, progress: Progress) -> StageResult:
        from commune_coverage.pipeline.stages.ingest.layers import ingest as stage

        return stage(spec, run, progress)

    return read


def radio(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.stage import signal as stage

    return stage(run, progress)


def model_validation(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.calibration import agreement as stage

    return stage(run, progress)


def scoreboard(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.scoreboard import scoreboard as stage

    return stage(run, progress)


def internet_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.commune_sums import internet_sums as stage

    return stage(run, progress)


def ensemble(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ensemble.stage import ensemble as stage

    return stage(run, progress)


def declared_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.declared.stage import declared_sums as stage

    return stage(run, progress)


def territory_spots(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.territory.spots import territory_spots as stage

    return stage(run, progress)


def territory(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.territory.stage import territory as stage

    return stage(run, progress)


def fixed_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.fixed.stage import fixed_sums as stage

    return stage(run, progress)


def declared_cells(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.verification.declared_cells import declared_cells as stage

    return stage(run, progress)


def verification(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.verification.stage import verification as stage

    return stage(run, progress)


def evidence_age(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.verification.dated import evidence_age as stage

    return stage(run, progress)


def coverage_challenges(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.verification.dated import coverage_challenges as stage

    return stage(run, progress)


def network(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.network import network as stage

    return stage(run, progress)


def snapping(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.snapping import snapping as stage

    return stage(run, progress)


def direct_walks(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.snapping import write_direct_walks as stage

    return stage(run, progress)


def service(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.service import service as stage

    return stage(run, progress)


def travel_times(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.stage import travel_times as stage

    return stage(run, progress)


def travel_comparison(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.comparison import travel_comparison as stage

    return stage(run, progress)


def capacity(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.capacity import capacity as stage

    return stage(run, progress)


def delivery_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.commune_sums import delivery_sums as stage

    return stage(run, progress)


def payment_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.commune_sums import payment_sums as stage

    return stage(run, progress)


def mode_times(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.modes import mode_times as stage

    return stage(run, progress)


def mode_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.modes import mode_sums as stage

    return stage(run, progress)


def indicators(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.indicators.stage import indicators as stage

    return stage(run, progress)


def boundaries(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.boundaries import boundaries as stage

    return stage(run, progress)


def base_map(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.base_map import base_map as stage

    return stage(run, progress)


def signal_overlay(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.signal_overlay import signal_overlay as stage

    return stage(run, progress)


def travel_overlays(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.travel_overlays import travel_overlays as stage

    return stage(run, progress)


def served_sites(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.served_sites import served_sites as stage

    return stage(run, progress)


def tables(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.tables import tables as stage

    return stage(run, progress)


def open_tables(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.open_data.tables import open_tables as stage

    return stage(run, progress)


def open_places(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.open_data.places import open_places as stage

    return stage(run, progress)


def site_data(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.data import site_data as stage

    return stage(run, progress)


def exports(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.publish.stage import exports as stage

    return stage(run, progress)


def checks(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.publish.stage import checks as stage

    return stage(run, progress)


def changes(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.publish.changes import changes as stage

    return stage(run, progress)


def maps(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.publish.stage import maps as stage

    return stage(run, progress)


def publish(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.publish.stage import publish as stage

    return stage(run, progress)
