"""The function of every stage, whose module is imported when it is called: what comes from the cache needs none.

``code_digest`` reads the imports below, so that each stage's cache key holds the code that it runs.
"""

from __future__ import annotations

from collections.abc import Callable

from commune_coverage.pipeline.stages.report import StageResult
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]


def communes(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import communes as stage

    return stage(run, progress)


def people(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import people as stage

    return stage(run, progress)


def towers(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import towers as stage

    return stage(run, progress)


def hubs(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import hubs as stage

    return stage(run, progress)


def payments(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import payments as stage

    return stage(run, progress)


def roads(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import roads as stage

    return stage(run, progress)


def elevation(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import elevation as stage

    return stage(run, progress)


def water(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import water as stage

    return stage(run, progress)


def flood(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import flood as stage

    return stage(run, progress)


def friction(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import friction as stage

    return stage(run, progress)


def speed_tests(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import speed_tests as stage

    return stage(run, progress)


def fibre(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import fibre as stage

    return stage(run, progress)


def subscriptions(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import subscriptions as stage

    return stage(run, progress)


def challenges(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.ingest.layers import challenges as stage

    return stage(run, progress)


def radio(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.stage import signal as stage

    return stage(run, progress)


def model_validation(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.calibration import agreement as stage

    return stage(run, progress)


def internet_sums(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.commune_sums import internet_sums as stage

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


def travel_times(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.travel.stage import travel_times as stage

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


def indicators(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.indicators.stage import gaps as stage

    return stage(run, progress)


def boundaries(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.stage import shapes as stage

    return stage(run, progress)


def signal_overlay(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.stage import signal_picture as stage

    return stage(run, progress)


def travel_overlays(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.site.stage import minutes_pictures as stage

    return stage(run, progress)


def served_sites(run: Run, progress: Progress) -> StageResult:
    from commune_coverage.pipeline.stages.radio.served_sites import served_sites as stage

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
