"""Whole runs as processes: cold, the run after, and cold without terrain; each against decode, stage by stage."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import rasterio

from benchmarks.changes import copy_country
from benchmarks.clock import Cost, Result, cost_of, ratio
from benchmarks.fixture import RUN_DATE, Fixture
from benchmarks.processes import Done, compile_all, run_process, start_up
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.readers.registry import layer_spec

COLD, WARM, FLAT = "cold run", "next run, nothing changed", "cold run without terrain"
DECODE, PUBLISH = "decode of all layers", "exports and maps of the cold run"
_PUBLISHING = tuple(stage.name for stage in STAGES if not stage.produces_indicators)
_KEPT = ("name", "seconds", "cpu_seconds", "peak_memory_mb")


def whole(fixture: Fixture) -> Result:
    """Costs of processes with their start-up; decode is of every large layer."""
    costs: dict[str, list[Cost]] = {name: [] for name in (COLD, WARM, FLAT, DECODE, PUBLISH, "start-up")}
    last: dict[str, Done] = {}
    flat = copy_country(fixture.country_path, fixture.folder / "flat", "\n[radio]\nterrain = false\n")
    fixture.until("communes")
    _decode(fixture)
    compile_all(fixture.country_path)
    for number in range(fixture.rounds):
        data, beside = (fixture.folder / f"whole-{kind}{number}" for kind in ("", "flat"))
        costs[DECODE].append(cost_of(lambda: _decode(fixture)))
        last = {
            COLD: run_process(fixture.country_path, data, RUN_DATE),
            WARM: run_process(fixture.country_path, data, RUN_DATE + timedelta(days=1)),
            FLAT: run_process(flat, beside, RUN_DATE),
        }
        for name, done in last.items():
            costs[name].append(done.cost)
        costs[PUBLISH].append(last[COLD].of_stages(*_PUBLISHING))
        costs["start-up"].append(start_up())
    found = [ratio(costs, name, DECODE) for name in (COLD, WARM, FLAT, PUBLISH, "start-up")]
    found.append(ratio(costs, WARM, COLD))
    facts: dict[str, Any] = {f"peak MB, {name}": done.peak_mb for name, done in last.items()}
    facts["stages"] = {name: [{key: one[key] for key in _KEPT} for one in done.stages] for name, done in last.items()}
    return Result("whole", found, {}, facts)


def _decode(fixture: Fixture) -> None:
    """Read people, communes, elevation, roads, towers and points as their files are."""
    fixture.decode()
    layers = fixture.country.layers
    if layers.elevation is not None:
        with rasterio.open(layers.elevation.path) as source:
            source.read(1)
    if layers.roads is not None:
        gpd.read_file(layers.roads.path)
    if layers.towers is not None:
        _read_lines(layers.towers.path)
    for name, points in (("hubs", layers.hubs), ("payments", layers.payments)):
        if points is not None:
            layer_spec(name).read(points, fixture.context(fixture.folder / "decoded"))


def _read_lines(path: Path) -> None:
    pd.read_csv(path, header=None, on_bad_lines="skip", low_memory=False)
