"""Stages done in the order of what they read and write; independent ones side by side where the engine has workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from graphlib import TopologicalSorter
from typing import Any

from commune_coverage.core.errors import (
    CODE_CHANGED,
    CodeChangedError,
    CoverageError,
    DiskError,
    EngineError,
    HeldVersionError,
    StoppedError,
    UnusableLayerError,
)
from commune_coverage.core.event_log import log_event
from commune_coverage.core.resources import caches_in_use, release_memory, resident_mb
from commune_coverage.engine import prestart_workers
from commune_coverage.pipeline.cache import (
    KeyParts,
    cache_key,
    digests_of,
    key_parts,
    restore_from_cache,
    restricted_view,
    save_to_cache,
)
from commune_coverage.pipeline.code_digest import changed_code
from commune_coverage.pipeline.stage import Progress, Stage, null_progress
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.report import measured, stage_record
from commune_coverage.runs.artifacts import REPORT
from commune_coverage.runs.run import Run

Report = Callable[[str, int, int], None]

# Branches at once: radio and travel. Their workers are shared, so that more of them would only hold more memory.
_BRANCHES = 2


def null_report(_stage: str, _done: int, _total: int) -> None:
    """Progress of stages that nobody watches."""


def dependencies(stages: Sequence[Stage]) -> dict[str, set[str]]:
    """For each stage those that must be done before it.

    Parameters
    ----------
    stages : sequence of Stage
        An artifact that none of them writes is taken for one that is there.

    Returns
    -------
    dict of str to set of str
        By name, in the order given: the writers of what a stage reads, the stages whose reports it reads, and of
        whatever is published all stages of the groups before.
    """
    names = [stage.name for stage in stages]
    writers = {artifact: stage.name for stage in stages for artifact in stage.writes}
    needed = {stage.name: {writers[artifact] for artifact in stage.reads if artifact in writers} for stage in stages}
    for stage in stages:
        reports = {artifact.removesuffix(REPORT) for artifact in stage.reads if artifact.endswith(REPORT)}
        needed[stage.name] |= reports & set(names)
        if not stage.is_cacheable:
            needed[stage.name] |= {other.name for other in stages if other.is_cacheable}
        needed[stage.name].discard(stage.name)
    return needed


def run_stages(stages: Sequence[Stage], run: Run, report: Report = null_report) -> None:
    """Do the stages, each after those that it depends on.

    Parameters
    ----------
    stages : sequence of Stage
        Those that the run, or another under the same keys, has done already cost nothing.
    run : Run
        With the serial engine one stage is done at a time, in the order given; else independent ones side by side.
    report : callable
        Called with a stage's name, steps done and steps in all, from any thread.

    Raises
    ------
    CoverageError
        What the first stage that failed raised, once those that were being done have ended; of layers, which are all
        read before, what each of them raised.
    """
    branches = 1 if run.engine == "serial" else _BRANCHES
    by_name = {stage.name: stage for stage in stages}
    order = TopologicalSorter(dependencies(stages))
    order.prepare()
    waiting: list[str] = []
    failures: list[CoverageError] = []
    with ThreadPoolExecutor(branches, thread_name_prefix="stage") as pool:
        running: dict[Future[None], str] = {}
        while order.is_active():
            waiting = sorted([*waiting, *order.get_ready()], key=list(by_name).index)
            if failures:
                waiting = [name for name in waiting if by_name[name].group == "ingest"]
                if not waiting and not running:
                    raise _all_of(failures)
            while waiting and len(running) < branches:
                name = waiting.pop(0)
                running[pool.submit(_reported, by_name[name], run, report)] = name
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(ended, key=lambda one: list(by_name).index(running[one])):
                name = running.pop(future)
                try:
                    future.result()
                    order.done(name)
                except CoverageError as error:
                    if not _is_of_layer(by_name[name], error):
                        raise
                    failures.append(error)


def _all_of(failures: list[CoverageError]) -> CoverageError:
    """One error for all layers that failed; of one that the last good version can stand in for, where all can."""
    final = [error for error in failures if not isinstance(error, HeldVersionError)] or failures[:1]
    return final[0] if len(final) == 1 else UnusableLayerError("; ".join(map(str, final)))


def _is_of_layer(stage: Stage, error: CoverageError) -> bool:
    """Whether a layer is to blame, and not the machine: then the others are read all the same."""
    return stage.group == "ingest" and not isinstance(error, (CodeChangedError, EngineError, DiskError, StoppedError))


def _reported(stage: Stage, run: Run, report: Report) -> None:
    report(stage.name, 0, 1)
    run_stage(stage, run, partial(report, stage.name))
    report(stage.name, 1, 1)


def run_stage(stage: Stage, run: Run, progress: Progress = null_progress) -> None:
    """Do one stage of a run, unless this run has finished it before it was killed, or its result is cached."""
    if not stage.is_cacheable:
        _compute(stage, run, {}, progress)
    elif not run.reports.holds(stage.name, stage.writes):
        parts = key_parts(stage, run)
        if not _is_restored(stage, run, cache_key(stage, parts)):
            if stage.produces_indicators and not stage.depends_on_run_date:
                prestart_workers(run.engine, run.hooks.worker_modules)
            _compute(stage, run, parts, progress)


def _is_restored(stage: Stage, run: Run, key: str) -> bool:
    """Whether the stage was done under the same key before, and is put into this run."""
    with measured() as cost:
        record = restore_from_cache(stage, run, key)
        if record is None:
            return False
        _admit(stage, run, record)
    run.reports.write(stage.name, record | {"reused": True} | cost)
    log_event(run.data_dir, "stage", run_id=run.run_id, stage=stage.name, reused=True, **cost)
    return True


def _compute(stage: Stage, run: Run, parts: KeyParts, progress: Progress) -> None:
    held_mb = resident_mb()
    with measured() as cost, caches_in_use(clear=stage.group != "ingest"):
        result = _admitted(stage, run, progress)
    _require_same_code(stage)
    record: dict[str, Any] = stage_record(stage.name, result) | cost
    key = cache_key(stage, parts) if parts else ""
    if stage.is_cacheable:
        record |= {"key": key, "key_parts": parts}
        record |= {"digests": digests_of(stage, run.stages_folder, stage_record(stage.name, result))}
    release_memory(held_mb)
    log_event(run.data_dir, "stage", run_id=run.run_id, stage=stage.name, reused=False, **cost)
    if run.folder.is_dir():
        run.reports.write(stage.name, record | ({} if stage.is_cacheable else {"digests": {}}))
    if stage.is_cacheable:
        save_to_cache(stage, run, key)


def _require_same_code(stage: Stage) -> None:
    """Raise CodeChangedError where a file that the stage runs is another than when this process first looked."""
    if changed := changed_code(stage.modules):
        named = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
        raise CodeChangedError(f"{CODE_CHANGED} ({named}, in the stage {stage.name})")


def _admitted(stage: Stage, run: Run, progress: Progress) -> StageResult:
    """The stage done and its result admitted.

    Raises HeldVersionError when the last good version of a layer is to be used instead, UnusableLayerError when there
    is none.
    """
    try:
        result = stage.function(restricted_view(stage, run), progress)
    except CoverageError as error:
        if stage.gate is not None and not isinstance(error, EngineError):
            stage.gate.failed(run, stage.name, error)
        raise
    if stage.gate is not None:
        result.measure = stage.gate.measure(stage.name, result)
        _admit(stage, run, stage_record(stage.name, result))
    return result


def _admit(stage: Stage, run: Run, record: dict[str, Any]) -> None:
    if stage.gate is not None:
        stage.gate.admit(run, stage.name, record)
