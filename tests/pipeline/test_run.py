"""The whole job on the tiny country, against figures worked out by hand."""

import json
import re
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import CoverageError, RunError
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.runs import run as run_module
from commune_coverage.runs.run import open_run, run_lock, start_run
from tests import mimo, tiny
from tests.hata import open_country_db

RUN_DATE = date(2026, 1, 31)


def _quiet(*_: object) -> None:
    return None


def _walk(country: Path, folder: Path, engine="serial"):
    return run_pipeline(country, folder / "data", folder / "maps", RUN_DATE, engine, _quiet)


def _table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str}).set_index("commune_code")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, _walk(tiny.write_files(folder / "in"), folder)


def test_every_commune_is_there_with_its_people(done):
    table = _table(done[0])
    assert table.index.tolist() == tiny.CODES
    assert table["people"].tolist() == [100.0 * n for n in range(1, 10)]
    assert table["area_km2"].sum() == pytest.approx(900, rel=2e-3)


def test_the_gaps_are_those_worked_out_by_hand(done):
    """LTE of two operators stands in communes 1 and 5; the villages are 0, 10 and 14.1 km away.

    At 1,800 MHz from 30 m over open land 10 km lose 139.50 dB (SM.2028), so 61 dBm arrive as -78.50; less 3 dB body
    and 11.53 dB shadowing (90 % of 9 dB) that is 1.04 dB below the noise of 20 MHz, -91.99 dBm: 10.1 Mbps. At 14.1 km
    it is -6.34 dB, too little for 4G. In the busy hour everybody hears both operators' cells, half use each, and the
    one in the middle is asked for 2.63 times what it has, the other for more: nobody keeps 10 Mbps.
    """
    table = _table(done[0])
    assert {code for code, gap in table["edge_gap_10_mbps_share"].items() if gap == 1} == {"010103", "010107", "010109"}
    assert (table["edge_gap_25_mbps_share"] == 0).sum() == 2
    loads = pd.read_parquet(done[0] / "data/latest/stages/transmitters/loads.parquet")["cell_load_value"]
    km = np.hypot(np.arange(9) % 3 - 1, np.arange(9) // 3 - 1) * 10
    median_db = 61 - np.array([open_country_db(1800, 30, max(one, 0.1)) for one in km]) - 3 + 91.99
    speed = 20 * np.array([mimo.efficiency(sinr_db, 0.6, 4.4, 2) for sinr_db in median_db])
    asked = float((np.arange(1, 10) * 50 * 0.042 / speed).sum())
    assert np.abs(loads - asked).min() < 0.03
    assert asked == pytest.approx(2.63, abs=0.1)
    assert (table["internet_gap_share"] == 1).all()
    assert table["no_signal_people"].sum() == 0
    assert table.loc["010109", "too_slow_people"] == 900
    assert table.loc["010105", "operators_2_share"] == 0
    straight_min = 14.142 * 1.4 / 20 * 60
    assert table.loc["010109", "minutes_to_hub_median"] == pytest.approx(straight_min, rel=1e-3)
    assert table.loc["010109", "delivery_gap_share"] == 0
    assert table.loc["010109", "within_30_min_share"] == 0


def test_the_straight_line_is_marked_as_such(done):
    table = _table(done[0])
    assert (table["delivery_method"] == "straight line").all()
    assert table["delivery_note"].str.contains("straight-line assumption").all()
    report = json.loads((done[0] / "data/latest/report.json").read_text())
    assert any("no roads at hand" in line["name"] for line in report["assumptions"])
    assert report["unavailable"]["road_minutes"] == "the country file names no roads layer"


def test_the_report_balances_and_the_manifest_holds_no_folder(done):
    report = json.loads((done[0] / "data/latest/report.json").read_text())
    for layer in report["layers"].values():
        rows = layer["rows"]
        assert rows["read"] == rows["kept"] + rows["neighbours"] + rows["out_of_area"] + rows["quarantined"]
    balance = {"read": 4500, "counted": 4500, "outside": 0, "quarantined": 0}
    assert report["people"] == balance | {"is_place_unknown": False}
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert list(stages) == [stage.name for stage in STAGES[:-1]]
    assert all(stage["seconds"] >= 0 and stage["peak_memory_mb"] > 0 for stage in stages.values())
    manifest = (done[0] / "data/latest/manifest.json").read_text()
    assert str(done[0]) not in manifest
    assert len(json.loads(manifest)["inputs"]["towers"]["sha256"]) == 64


def test_every_stage_leaves_what_the_page_says_it_writes_and_reads_what_one_before_it_left(done):
    left = {path.name.split(".")[0].split("-")[0] for path in (done[0] / "data/latest/stages").iterdir()}
    missing = {"payments", "roads", "elevation", "water", "flood", "friction", "network", "snapping"}
    missing |= {"travel_comparison", "mode_times", "mode_sums", "vehicles", "gtfs", "benchmarks", "ensemble"}
    written: set[str] = set()
    for stage in STAGES:
        assert set(stage.reads) <= written, stage.name
        written |= {*stage.writes, f"{stage.name}.report"}
        if stage.is_cacheable and stage.name not in missing:
            # What levels would have to be is asked only where published shares set them; areas where spectrum has
            # any, a grid where people come from a raster, declared coverage and its places where there is a file of it,
            # fixed lines by address or share where there are any, who serves of payment points, which are missing here,
            # what tests say of declared coverage, areas of land and roads where the country file asks for them.
            optional = {"required_offsets", "spectrum_areas", "people_grid", "coverage_places", "declared_coverage"}
            optional |= {"fixed_addresses", "fixed_shares", "payment_service", "counted_tests", "territory_coverage"}
            optional |= {"coverage_challenges"}
            assert set(stage.writes) - optional <= left, stage.name


def test_the_three_tables_hold_the_same(done):
    folder = done[0] / "data/latest"
    parquet, gpkg = gpd.read_parquet(folder / "commune_gaps.parquet"), gpd.read_file(folder / "commune_gaps.gpkg")
    assert parquet.crs == gpkg.crs == "EPSG:4326"
    assert parquet["internet_gap_share"].tolist() == gpkg["internet_gap_share"].tolist()
    dictionary = pd.read_csv(folder / "data_dictionary.csv")
    assert dictionary["column"].tolist() == parquet.columns.tolist()


def test_an_unchanged_run_is_only_shown_again(done):
    folder, first = done
    before = (folder / "data/latest/report.json").stat().st_mtime_ns
    assert _walk(folder / "in/country.toml", folder).run_id == first.run_id
    assert (folder / "data/latest/report.json").stat().st_mtime_ns == before
    assert [path.name for path in (folder / "data/runs").iterdir()] == [first.run_id]


EXPORTS = (
    "commune_gaps.parquet",
    "commune_gaps.gpkg",
    "commune_gaps.csv",
    "operator_coverage.csv",
    "sites.csv",
    "hubs.csv",
)


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_other_engines_give_the_same_bytes(done, tmp_path, engine):
    _walk(done[0] / "in/country.toml", tmp_path, engine)
    for name in (
        "commune_gaps.parquet",
        "commune_gaps.gpkg",
        "commune_gaps.csv",
        "operator_coverage.csv",
        "sites.csv",
        "hubs.csv",
    ):
        assert (tmp_path / "data/latest" / name).read_bytes() == (done[0] / "data/latest" / name).read_bytes(), name


def test_only_communes_still_gives_every_commune_and_says_why(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    text = country.read_text()
    country.write_text(text[: text.index("[layers.people]")])
    _walk(country, tmp_path)
    table = _table(tmp_path)
    assert len(table) == 9
    assert table["evidence_class"].unique().tolist() == ["data-poor"]
    assert table["people"].isna().all()
    assert table["internet_gap_share"].isna().all()
    assert (tmp_path / "maps/latest/internet.html").is_file()


@pytest.mark.parametrize("layer", ["people", "towers", "hubs"])
def test_one_missing_layer_never_stops_the_others(tmp_path, layer):
    country = tiny.write_files(tmp_path / "in")
    blocks = country.read_text().split("[layers.")
    country.write_text("[layers.".join(block for block in blocks if not block.startswith(layer)))
    _walk(country, tmp_path)
    table = _table(tmp_path)
    assert table["internet_gap_share"].notna().all() == (layer == "hubs")
    assert table["delivery_gap_share"].notna().all() == (layer == "towers")


@pytest.mark.parametrize("file", ["villages.csv", "towers.csv", "hubs.csv"])
def test_a_layer_that_lies_elsewhere_leaves_gaps_and_reasons_not_a_crash(tmp_path, file):
    country = tiny.write_files(tmp_path / "in")
    elsewhere = pd.read_csv(tmp_path / "in" / file).assign(lon=20.0, lat=40.0)
    elsewhere.to_csv(tmp_path / "in" / file, index=False)
    tiny.without_limits(country)
    _walk(country, tmp_path)
    table = _table(tmp_path)
    assert len(table) == 9
    if file == "towers.csv":
        assert (table["internet_evidence"] == "data-poor").all()
        assert table["internet_gap_share"].isna().all()
    else:
        assert table["delivery_gap_share"].isna().all()
        assert (table["delivery_note"] != "").all()


@pytest.mark.parametrize("people", [0, "many", -1])
@pytest.mark.parametrize("write", [tiny.write_files, tiny.write_with_roads])
def test_where_nobody_can_be_counted_every_commune_is_data_poor_and_the_rows_balance(tmp_path, write, people):
    country = write(tmp_path / "in")
    villages = tmp_path / "in/villages.csv"
    pd.read_csv(villages).assign(people=people).to_csv(villages, index=False)
    tiny.without_limits(country)
    _walk(country, tmp_path)
    table = _table(tmp_path)
    assert table["people"].isna().all()
    assert (table["evidence_class"] == "data-poor").all()
    for theme in ("internet", "delivery"):
        assert (table[f"{theme}_note"] == "the people layer counts nobody in the communes").all()
    rows = json.loads((tmp_path / "data/latest/report.json").read_text())["layers"]["people"]["rows"]
    assert rows["read"] == rows["kept"] + rows["quarantined"] + rows["out_of_area"] == 9
    assert rows["quarantined"] == (0 if people == 0 else 9)


FAULTS = {
    "empty": (b"", "'towers.csv' is empty"),
    "page": (b"<!doctype html><title>404</title>", "is a web page"),
    "columns": (b"a,b\n1,2\n", "no column 'lon'"),
    "binary": (bytes(range(256)) * 50, "towers.csv"),
    "missing": (None, "layers.towers: 'towers.csv' is not there"),
}


def _spoil(path: Path, content: bytes | None) -> None:
    path.unlink()
    if content is not None:
        path.write_bytes(content)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_layer_is_one_sentence_where_no_good_version_is_known(tmp_path, fault):
    country = tiny.write_files(tmp_path / "in")
    content, words = FAULTS[fault]
    _spoil(tmp_path / "in/towers.csv", content)
    with pytest.raises(CoverageError, match=words):
        _walk(country, tmp_path)
    assert not (tmp_path / "maps/latest").exists()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_layer_gives_way_to_its_last_good_version(tmp_path, fault):
    country = tiny.write_files(tmp_path / "in")
    _walk(country, tmp_path)
    before = _table(tmp_path)
    content, words = FAULTS[fault]
    _spoil(tmp_path / "in/towers.csv", content)
    published = run_pipeline(country, tmp_path / "data", tmp_path / "maps", date(2026, 2, 3), "serial", _quiet)
    assert len(published.held) == 1
    assert re.search(words.removeprefix("layers.towers: "), published.held[0])
    assert "the version of 2026-01-31 is used, 3 day(s) old" in published.held[0].replace("The", "the")
    pd.testing.assert_frame_equal(_table(tmp_path), before)


def test_a_killed_run_is_taken_up_and_ends_the_same(done, tmp_path):
    run = start_run(done[0] / "in/country.toml", tmp_path / "data", tmp_path / "maps", RUN_DATE, "serial")
    for stage in STAGES[:8]:
        run_stage(stage, run)
    marks = {path: path.stat().st_mtime_ns for path in run.stages_folder.glob("*.report.json")}
    again = open_run(run.folder)
    assert again == run
    published = _walk(done[0] / "in/country.toml", tmp_path)
    kept = tmp_path / "data/runs" / published.run_id / "stages"
    assert all((kept / path.name).stat().st_mtime_ns == stamp for path, stamp in marks.items())
    name = "commune_gaps.parquet"
    assert (tmp_path / "data/latest" / name).read_bytes() == (done[0] / "data/latest" / name).read_bytes()


def test_what_an_abandoned_run_left_is_cleared_by_the_next_that_ends(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    start_run(country, tmp_path / "data", tmp_path / "maps", date(2026, 1, 30), "serial")
    published = _walk(country, tmp_path)
    assert [path.name for path in (tmp_path / "data/runs").iterdir()] == [published.run_id]


def test_a_label_put_beside_a_file_makes_another_run(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    before = _walk(country, tmp_path)
    (tmp_path / "in/towers.csv.source.json").write_text('{"synthetic": true}')
    assert _walk(country, tmp_path).run_id != before.run_id
    assert (_table(tmp_path)["synthetic_layers"] == "towers").all()


def test_one_run_at_a_time(tmp_path):
    data, maps = tmp_path / "data", tmp_path / "maps"
    maps.mkdir()
    for other in ((data, tmp_path / "else"), (tmp_path / "else", maps)):
        with run_lock(data, maps), pytest.raises(RunError, match="another run is at work"), run_lock(*other):
            pass


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="is not the work folder"):
        open_run(tmp_path)


def test_sites_and_hubs_are_exported_with_the_commune_they_stand_in(done):
    sites = pd.read_csv(done[0] / "data/latest/sites.csv", dtype={"commune_code": str})
    assert sites[["operator", "commune_code", "cells"]].to_numpy().tolist() == [
        ["One", "010101", 1],
        ["Two", "010105", 2],
    ]
    hubs = pd.read_csv(done[0] / "data/latest/hubs.csv", dtype={"commune_code": str})
    assert hubs[["class", "commune_code", "confidence", "files"]].to_numpy().tolist() == [
        ["post office", "010105", 0.9, 1]
    ]


def test_what_a_killed_writer_left_is_no_part_of_what_is_published(tmp_path, monkeypatch):
    """Before the run is taken up again, and by a worker that outlives its run until the run is published."""
    country, folder = tiny.write_files(tmp_path / "in"), tmp_path
    started = start_run(country, folder / "data", folder / "maps", RUN_DATE, "serial")
    left = started.stages_folder / "radio" / ".4711-00000.arrow"
    left.parent.mkdir()
    left.write_bytes(b"")
    whole = run_module.move_into_place

    def with_a_late_writer(work, final):
        (work / ".4712-late.npz").write_bytes(b"x")
        whole(work, final)

    monkeypatch.setattr("commune_coverage.pipeline.stages.publish.stage.move_into_place", with_a_late_writer)
    _walk(country, folder)
    assert not list(folder.rglob(".471*"))
    assert _table(folder)["people"].sum() == 4500
