"""Two workers against one: the stages that are spread over tiles, by threads, processes and a Dask cluster."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.clock import Cost, Result, ratio
from benchmarks.fixture import RUN_DATE, Fixture
from benchmarks.processes import Done, code_process, compile_all, differing_files, finished, run_process

PARALLEL = ("people", "radio", "snapping", "travel_times", "indicators")
SERIAL, CLUSTER = "serial", "Dask cluster"
ENGINES = (SERIAL, "threads", "processes", CLUSTER)
MAX_WALL, MAX_CPU = 0.65, 1.15
_DASK_CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "dask.yaml"
_CLUSTER_RUN = (
    f"import os, sys; os.environ['DASK_CONFIG'] = {str(_DASK_CONFIG)!r}; "
    "from benchmarks.workers import run_on_cluster; run_on_cluster(*sys.argv[1:])"
)


def workers(fixture: Fixture) -> Result:
    """Wall and CPU of the parallel stages, each engine in a process of its own and a fresh data folder."""
    compile_all(fixture.country_path)
    costs: dict[str, list[Cost]] = {name: [] for name in ENGINES}
    agreement: dict[str, float | bool] = {}
    for number in range(fixture.rounds):
        folders = {}
        for engine in ENGINES:
            done = _run(fixture, engine, fixture.folder / f"workers-{engine.replace(' ', '-')}-{number}")
            costs[engine].append(done.of_stages(*PARALLEL))
            folders[engine] = done.folder
        for engine in ENGINES[1:]:
            agreement[f"{engine}: tables equal to serial"] = not differing_files(folders[engine], folders[SERIAL])
    found = [ratio(costs, engine, SERIAL, "wall", at_most=MAX_WALL) for engine in ENGINES[1:]]
    found += [ratio(costs, engine, SERIAL, at_most=MAX_CPU) for engine in ENGINES[1:]]
    return Result("workers", found, agreement, {"stages measured": ", ".join(PARALLEL), "cores": os.cpu_count()})


def _run(fixture: Fixture, engine: str, data: Path) -> Done:
    if engine != CLUSTER:
        return run_process(fixture.country_path, data, RUN_DATE, engine)
    return finished(data, code_process(_CLUSTER_RUN, str(fixture.country_path), str(data), RUN_DATE.isoformat()))


def run_on_cluster(country: str, data: str, run_date: str) -> None:
    """One run on a cluster of two workers of one thread each, as docs/distributed.md starts them, and closed again."""
    from distributed import LocalCluster

    from commune_coverage.cli.app import main

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(host="127.0.0.1", **options) as cluster:
        folders = ["--data-dir", data, "--maps-dir", str(Path(data) / "maps"), "--date", run_date]
        sys.argv = ["commune-coverage", "run", country, *folders, "--engine", cluster.scheduler_address]
        main()
