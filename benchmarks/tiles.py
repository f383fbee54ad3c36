"""What the size of a tile costs: CPU and peak memory of the stages that work by tile."""

from __future__ import annotations

from pathlib import Path

from benchmarks.clock import Cost, Result, ratio
from benchmarks.fixture import RUN_DATE, Fixture
from benchmarks.processes import code_process, finished

SIDES_KM = (26.0, 51.0, 103.0, 206.0)
STAGES = ("people", "radio", "snapping", "travel_times", "indicators")
USUAL = "tiles of 103 km"
_RUN = "import sys; from benchmarks.tiles import run_with_tiles; run_with_tiles(*sys.argv[1:])"


def tiles(fixture: Fixture) -> Result:
    """Each size in a process of its own, serially, against the size that is used."""
    costs: dict[str, list[Cost]] = {f"tiles of {side:g} km": [] for side in SIDES_KM}
    peaks: dict[str, float] = {}
    for number in range(fixture.rounds):
        for side, name in zip(SIDES_KM, costs, strict=True):
            data = fixture.folder / f"tiles-{side:g}-{number}"
            done = finished(data, code_process(_RUN, str(fixture.country_path), str(data), f"{side * 1000}"))
            costs[name].append(done.of_stages(*STAGES))
            for stage in done.stages:
                if stage["name"] in STAGES:
                    peaks[f"peak MB, {stage['name']}, {name}"] = stage["peak_memory_mb"]
    found = [ratio(costs, name, USUAL) for name in costs if name != USUAL]
    return Result("tiles", found, {}, {"stages measured": ", ".join(STAGES), **peaks})


def run_with_tiles(country: str, data: str, side_m: str) -> None:
    """One serial run with tiles of another size."""
    import commune_coverage.readers.population.tiles
    from commune_coverage.api import run as run_pipeline

    commune_coverage.readers.population.tiles.TILE_M = float(side_m)
    run_pipeline(Path(country), Path(data), Path(data) / "maps", RUN_DATE, "serial", lambda *_: None)
