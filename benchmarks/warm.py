"""Runs after a cold run, with a share of the sites or another layer changed: cost, and bytes against a cold run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks import changes
from benchmarks.clock import Cost, Result, ratio
from benchmarks.fixture import RUN_DATE, Fixture
from benchmarks.processes import Done, compile_all, differing_files, run_process, start_up
from commune_coverage.core.files import read_json

Change = Callable[[Path, Path], Path]

COLD = "cold run"
OTHERS: dict[str, Change] = {
    "hubs": changes.change_hubs,
    "roads": changes.change_roads,
    "people": changes.change_people,
    "boundaries": changes.change_boundaries,
    "parameters": changes.change_parameters,
}
_SEED = 3


def warm(fixture: Fixture, others: dict[str, Change] | None = None) -> Result:
    """Each changed run begins from a copy of the cold run's data folder; start-up is taken off both costs.

    The same inputs are then run in a fresh folder, and every table of every stage is compared byte by byte.
    """
    asked: dict[str, Change] = {
        f"{share:.1%} of sites changed": partial(changes.change_sites, share=share, seed=_SEED)
        for share in fixture.shares
    }
    asked |= {f"{name} changed": change for name, change in (OTHERS if others is None else others).items()}
    inputs = {
        name: change(fixture.country_path, fixture.folder / f"warm-in-{n}")
        for n, (name, change) in enumerate(asked.items())
    }
    costs: dict[str, list[Cost]] = {name: [] for name in (COLD, *inputs)}
    agreement: dict[str, float | bool] = {}
    facts: dict[str, object] = {}
    compile_all(fixture.country_path)
    for number in range(fixture.rounds):
        base = fixture.folder / f"warm-base-{number}"
        costs[COLD].append(_without_start(run_process(fixture.country_path, base, RUN_DATE)))
        for name, country in inputs.items():
            following, fresh = _run_after(fixture, base, country), _fresh(fixture, country)
            costs[name].append(_without_start(following))
            differ = differing_files(following.folder, fresh.folder)
            agreement[f"{name}: equal to a cold run, byte for byte"] = not differ
            if differ:
                facts[f"{name}: tables that differ"] = ", ".join(differ)
            if held := read_json(following.folder.parent / "report.json")["held_layers"]:
                facts[f"{name}: held back"] = ", ".join(held)
    ratios = [ratio(costs, name, COLD) for name in inputs]
    return Result("warm", ratios, agreement, facts)


def _run_after(fixture: Fixture, base: Path, country: Path) -> Done:
    data = fixture.folder / "warm-following"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(base, data, symlinks=True)
    return run_process(country, data, RUN_DATE + timedelta(days=1))


def _fresh(fixture: Fixture, country: Path) -> Done:
    data = fixture.folder / "warm-fresh"
    shutil.rmtree(data, ignore_errors=True)
    return run_process(country, data, RUN_DATE + timedelta(days=1))


def _without_start(done: Done) -> Cost:
    return Cost(max(done.cost.cpu_s - start_up().cpu_s, 0.0), max(done.cost.wall_s - start_up().wall_s, 0.0))
