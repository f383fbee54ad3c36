"""What is kept between runs: nothing changed, nothing computed; something changed, the same bytes as a cold run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.files import atomic_write
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.runs.artifacts import files_of_artifact
from commune_coverage.runs.run import Run, start_run
from commune_coverage.synthetic.invented import write_country
from tests import tiny
from tests.forms import short_form_of

_KEPT = tuple(stage for stage in STAGES if stage.is_cacheable)


def compute(country: Path, data: Path, run_date: int = 1) -> dict[str, dict[str, Any]]:
    """The reports of all stages but the last, each by its name."""
    run = start_run(country, data, data / "maps", date(2026, 3, run_date), "serial")
    for stage in _KEPT:
        run_stage(stage, run)
    return {stage.name: run.stage_report(stage.name) for stage in _KEPT}


def reused(reports: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, report in reports.items() if report["reused"]}


def assert_as_if_cold(reports: dict[str, dict[str, Any]], country: Path, data: Path, run_date: int = 1) -> None:
    """The same artifacts, byte for byte, and the same things said, as where nothing was kept."""
    cold = compute(country, data, run_date)
    assert not reused(cold)
    for name, report in cold.items():
        assert reports[name]["digests"] == report["digests"], name
        assert reports[name]["key"] == report["key"], name


def test_another_run_of_the_same_inputs_computes_only_what_names_the_run(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    compute(country, tmp_path / "a")
    again = compute(country, tmp_path / "a", run_date=2)
    # Spectrum is held from one day to another; a country without that layer has nothing that a day could change.
    assert reused(again) == {stage.name for stage in _KEPT if not stage.depends_on_run_date} | {"spectrum"}
    assert_as_if_cold(again, country, tmp_path / "b", run_date=2)


def _edit_csv(name: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def change(country: Path) -> None:
        edit(pd.read_csv(country.parent / name)).to_csv(country.parent / name, index=False)

    return change


def _lift_border(country: Path) -> None:
    """Move the border between the first two communes by a kilometre; the country's outline stays."""
    communes = gpd.read_file(country.parent / "communes.geojson").to_crs(tiny.METRIC)
    strip = shapely.box(tiny.WEST + tiny.SIDE_M - 1000, tiny.SOUTH, tiny.WEST + tiny.SIDE_M, tiny.SOUTH + tiny.SIDE_M)
    shapes = communes.geometry.to_list()
    shapes[0], shapes[1] = shapes[0].difference(strip), shapes[1].union(strip)
    communes.set_geometry(gpd.GeoSeries(shapes, crs=tiny.METRIC)).to_crs("EPSG:4326").to_file(
        country.parent / "communes.geojson", driver="GeoJSON"
    )


def _replace(old: str, new: str) -> Callable[[Path], None]:
    def change(country: Path) -> None:
        assert old in country.read_text()
        country.write_text(country.read_text().replace(old, new))

    return change


def _drop_a_road(country: Path) -> None:
    roads = gpd.read_file(country.parent / "roads.geojson")
    roads.iloc[:-1].to_file(country.parent / "roads.geojson", driver="GeoJSON")


INTERNET = {"towers", "radio", "model_validation", "signal_overlay", "boundaries"}
DELIVERY = {"network", "snapping", "direct_walks", "travel_times", "capacity", "travel_overlays", "boundaries"}
CHANGES: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    # What changes, how, and what of signal and reach is not computed again.
    "towers": (_edit_csv("towers.csv", lambda table: table.iloc[1:]), DELIVERY),
    "hubs": (_edit_csv("hubs.csv", lambda table: table.iloc[:1]), INTERNET | {"network", "snapping"}),
    "payments": (_edit_csv("payments.csv", lambda table: table.iloc[:1]), INTERNET | {"network", "snapping"}),
    "roads": (_drop_a_road, INTERNET),
    "people": (
        _edit_csv("villages.csv", lambda t: t.assign(people=t["people"] * 2)),
        {"towers", "network", "boundaries"},
    ),
    "boundaries": (
        _lift_border,
        {"radio", "model_validation", "snapping", "direct_walks", "travel_times", "capacity", "signal_overlay"},
    ),
    "a threshold": (
        _replace("[operators]", "[thresholds]\ndelivery_gap_min = 20.0\n[operators]"),
        {"network", "snapping", "travel_times", "capacity", "boundaries"},
    ),
    "an operator's name": (_replace('One = ["456-01"]', 'First = ["456-01"]'), DELIVERY),
}


@pytest.mark.parametrize("changed", short_form_of(CHANGES, ("towers", "people", "roads", "boundaries")))
def test_what_follows_from_a_change_is_computed_and_equal_to_a_cold_run(changed: str, tmp_path: Path) -> None:
    change, stays = CHANGES[changed]
    country = tiny.write_with_roads(tmp_path / "in")
    compute(country, tmp_path / "a")
    change(country)
    warm = compute(country, tmp_path / "a", run_date=2)
    assert stays <= reused(warm)
    assert "indicators" not in reused(warm)
    assert_as_if_cold(warm, country, tmp_path / "b", run_date=2)


@pytest.mark.parametrize("of", ["tiny", pytest.param("invented", marks=pytest.mark.long)])
def test_no_stage_needs_what_it_does_not_declare(of: str, tmp_path: Path) -> None:
    """Each stage once more in a folder that holds what it declares and nothing else: the same bytes."""
    written = tiny.write_with_roads(tmp_path / "in") if of == "tiny" else write_country(tmp_path / "in", "default", 3)
    reports = compute(written, tmp_path / "a")
    done = next((tmp_path / "a/runs").glob(".work-*"))
    for stage in _KEPT:
        bare = tmp_path / stage.name
        run = start_run(written, bare, bare / "maps", date(2026, 3, 1), "serial")
        for artifact in stage.reads:
            name = artifact.removesuffix(".report")
            files = [done / "stages" / f"{artifact}.json"] if name != artifact else _files(done, name)
            for source in files:
                target = run.stages_folder / source.relative_to(done / "stages")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        notes = _function_alone(stage.name, run)
        assert notes["digests"] == reports[stage.name]["digests"], stage.name


def _files(done: Path, artifact: str) -> list[Path]:
    return files_of_artifact(done / "stages", artifact)


def _function_alone(name: str, run: Run) -> dict[str, Any]:
    stage = next(stage for stage in STAGES if stage.name == name)
    run_stage(stage, run)
    return dict(json.loads((run.stages_folder / f"{name}.report.json").read_text()))


HEAVY = ("numpy", "pandas", "geopandas", "scipy", "numba", "dask", "pyarrow", "shapely", "rasterio", "folium", "fsspec")


_UNDATED = (".csv", ".csvt", ".gpkg", ".parquet", ".qgs", ".xlsx")


def test_what_did_not_change_is_the_same_file_in_the_next_update(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    country.write_text(country.read_text() + '\n[exports]\naddress = "https://example.org/c"\n')
    for day in (1, 2):
        run_pipeline(country, tmp_path / "d", tmp_path / "m", date(2026, 3, day), "serial")
    first, second = sorted(path for path in (tmp_path / "d/runs").iterdir() if path.name.startswith("KHM"))
    files = [path.relative_to(first) for path in first.rglob("*") if path.is_file()]
    tables = sorted(str(path) for path in files if path.parts[0] != "stages" and path.suffix in _UNDATED)
    assert {"commune_gaps.csv", "commune_gaps.gpkg", "operator_coverage.csv", "quarantine.csv"} <= set(tables)
    assert {"commune_coverage.gpkg", "commune_coverage.qgs", "commune_coverage.xlsx"} <= set(tables)
    assert {"hexagons/people.parquet", "hxl/commune_gaps.csv", "points/sites.parquet", "sites.csvt"} <= set(tables)
    assert [name for name in tables if not (first / name).samefile(second / name)] == []
    links = json.loads((second / "stac/collection.json").read_text())["links"]
    items = [link["href"] for link in links if link["rel"] == "item"]
    assert items == ["./item.json", f"https://example.org/c/{first.name}/stac/item.json"], "what was shown before"
    pages = [tmp_path / "m/runs" / run.name / run.name / "data" for run in (first, second)]
    drawn = sorted(path.relative_to(pages[0]) for path in pages[0].rglob("*.js"))
    differ = [str(path) for path in drawn if not (pages[0] / path).samefile(pages[1] / path)]
    assert {Path(name).parent.name for name in differ} == {"updates"}
    for name in ("manifest", "report"):
        told = json.loads((second / f"{name}.json").read_text())
        assert (told["run_id"], told["run_date"]) == (second.name, "2026-03-02")


def test_an_age_that_passes_its_limit_is_seen_on_the_first_of_the_month(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    towers = pd.read_csv(country.parent / "towers.csv")
    limit = date(2026, 3, 20) - timedelta(days=1825)
    towers["updated"] = int(datetime(limit.year, limit.month, limit.day, tzinfo=UTC).timestamp())
    towers.to_csv(country.parent / "towers.csv", index=False)
    old = {}
    for day in (date(2026, 3, 19), date(2026, 3, 31), date(2026, 4, 1)):
        run_pipeline(country, tmp_path / "d", tmp_path / "m", day, "serial")
        old[day.day] = int(pd.read_csv(tmp_path / "d/latest/commune_gaps.csv")["cell_samples"].sum())
    assert old[19] == old[31] > 0
    assert old[1] == 0


def test_a_run_that_is_published_already_imports_no_library_of_tables_or_maps(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    arguments = (country, tmp_path / "d", tmp_path / "m", date(2026, 3, 1), "serial", lambda *_: None)
    done = run_pipeline(*arguments)
    code = f"""
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from commune_coverage.api import run as run_pipeline
folders = (Path({str(tmp_path / "d")!r}), Path({str(tmp_path / "m")!r}))
run = run_pipeline(Path({str(country)!r}), *folders, date(2026, 3, 1), "serial")
print(run.run_id, *(name for name in {HEAVY!r} if name in sys.modules))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert again.stdout.split() == [done.run_id]


def test_only_the_last_two_of_a_kind_are_kept_and_a_day_back_is_there_at_once(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    tiny.without_limits(country)
    old = (country.parent / "hubs.csv").read_text()
    compute(country, tmp_path / "a")
    for number in range(3):
        _edit_csv("hubs.csv", lambda table: table.iloc[:1].assign(lon=104.05 + number / 100))(country)  # noqa: B023
        compute(country, tmp_path / "a", run_date=2 + number)
    assert len(list((tmp_path / "a/cache/KHM").glob("hubs-*"))) == 2
    assert "hubs" in reused(compute(country, tmp_path / "a", run_date=9))
    (country.parent / "hubs.csv").write_text(old)
    assert "hubs" not in reused(compute(country, tmp_path / "a", run_date=10))


def test_half_of_what_was_kept_is_not_taken(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    compute(country, tmp_path / "a")
    for report in (tmp_path / "a/cache/KHM").glob("hubs-*/report.json"):
        report.unlink()
    assert "hubs" not in reused(compute(country, tmp_path / "a", run_date=2))
    shutil.rmtree(tmp_path / "a/cache")
    assert not reused(compute(country, tmp_path / "a", run_date=3))


def test_a_name_that_a_killed_process_left_harms_no_kept_file(tmp_path: Path) -> None:
    kept, target = tmp_path / "cache", tmp_path / "target"
    kept.write_text("kept")
    (tmp_path / f".{os.getpid()}-target").hardlink_to(kept)
    with atomic_write(target) as path:
        path.write_text("new")
    assert (kept.read_text(), target.read_text()) == ("kept", "new")
