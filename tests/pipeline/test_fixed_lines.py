"""Fixed lines in a country whose people are known one by one: who has neither is counted, or bounded, by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.files import read_json
from tests import tiny

PEOPLE = np.arange(1, 10) * 10.0


def published(
    folder: Path, text: str = "", name: str = "data", engine: str = "serial"
) -> tuple[pd.DataFrame, dict[str, Any], str]:
    """The table of communes, the report and the headline of the tiny country with few people and what ``text`` adds."""
    country = folder / "country.toml"
    if not country.is_file():
        tiny.with_few_people(tiny.write_files(folder))
        tiny.without_limits(country)
    before = country.read_text()
    if text:
        tiny.say(country, text)
    done = run_pipeline(country, folder / name, folder / "maps", date(2026, 3, 1), engine, lambda *_: None)
    country.write_text(before)
    table = pd.read_csv(folder / name / "latest/commune_gaps.csv", dtype={"commune_code": str}, encoding="utf-8-sig")
    return table, read_json(folder / name / "latest/report.json"), done.headline


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, Path, dict[str, Any], str]:
    """Whom mobile networks do not reach, by village, as a run without fixed lines has it; folder, report, headline."""
    folder = tmp_path_factory.mktemp("alone")
    table, report, headline = published(folder)
    mobile = table["internet_gap_share"].to_numpy()
    # A commune has one village: people have it or not, with and without in the south and elsewhere.
    assert set(mobile) == {0.0, 1.0} == set(mobile[:3]) == set(mobile[3:])
    return mobile, folder, report, headline


@pytest.fixture(scope="module")
def mobile(alone: tuple[np.ndarray, Path, dict[str, Any], str]) -> np.ndarray:
    return alone[0]


def south(folder: Path, columns: int = 3) -> str:
    """Polygons of 100 Mbps over the first communes of the south."""
    area = shapely.box(tiny.WEST, tiny.SOUTH, tiny.WEST + columns * tiny.SIDE_M, tiny.SOUTH + tiny.SIDE_M)
    frame = gpd.GeoDataFrame({"technology": ["fibre"], "speed_mbps": [100.0]}, geometry=[area], crs=tiny.METRIC)
    frame.to_crs("EPSG:4326").to_file(folder / "fixed.geojson")
    return '[[layers.fixed]]\npath = "fixed.geojson"'


def dictionary(folder: Path) -> pd.Series:
    return pd.read_csv(folder / "data/latest/data_dictionary.csv").set_index("column")["meaning"]


def test_without_a_layer_every_word_says_mobile(alone: tuple[np.ndarray, Path, dict[str, Any], str]) -> None:
    _, folder, report, headline = alone
    assert "people (44.4%) without high-speed mobile internet (modelled)" in headline
    meaning = dictionary(folder)
    gaps = [name for name in meaning.index if name.startswith(("internet_gap", "mobile_gap", "fixed"))]
    gaps += ["edge_gap_10_mbps_share", "indoor_gap_25_mbps_share_high", "no_signal_people", "too_slow_share"]
    assert [name for name in gaps if "mobile" not in meaning[name] and name not in SAID_OF_SOURCES] == []
    assert not [name for name in gaps if name.startswith(("mobile_gap", "fixed"))]
    assert report["thresholds"]["internet_access"] == "mobile"
    page = (folder / "maps/latest/internet.html").read_text(encoding="utf-8")
    assert "people without high-speed mobile internet" in page
    assert "Fixed lines are not counted" in page
    assert "neither fixed nor mobile" not in page


SAID_OF_SOURCES = ("internet_gap_source", "internet_gap_modelled_share")


def test_polygons_leave_those_whom_neither_reaches(tmp_path: Path, mobile: np.ndarray) -> None:
    table, report, headline = published(tmp_path, south(tmp_path))
    # Who has which is known of everybody: nothing is assumed.
    wanted = mobile * [0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert table["internet_gap_share"].tolist() == wanted.tolist()
    assert table["internet_gap_people"].tolist() == (wanted * PEOPLE).tolist()
    assert table["mobile_gap_share"].tolist() == mobile.tolist()
    assert table["mobile_gap_people"].tolist() == (mobile * PEOPLE).tolist()
    assert table["fixed_share"].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0]
    for bound in ("frechet_low", "frechet_high"):
        assert table[f"internet_gap_{bound}_share"].tolist() == table["internet_gap_share"].tolist()
    assert table["internet_gap_25_mbps_share"].tolist()[:3] == [0, 0, 0]
    assert set(table["fixed_basis"]) == {"place"}
    people = (wanted * PEOPLE).sum()
    assert (
        f"{people:.0f} people ({people / 450:.1%}) without high-speed internet, neither fixed nor mobile (modelled)"
        in headline
    )
    national = report["national"]
    assert (national["internet_gap_people"], national["mobile_gap_people"]) == (people, (mobile * PEOPLE).sum())
    assert national["fixed_share"] == pytest.approx(60 / 450)
    assert "neither" in report["thresholds"]["internet_access"]
    assert "no fixed line of 10 Mbps" in dictionary(tmp_path)["internet_gap_10_mbps_share"]
    page = (tmp_path / "maps/latest/internet.html").read_text(encoding="utf-8")
    assert "people without high-speed internet, neither fixed nor mobile" in page


def test_a_line_that_is_too_slow_for_a_threshold_serves_nobody_at_it(tmp_path: Path) -> None:
    text = south(tmp_path).replace("[[layers", "[thresholds]\nhigh_speed_mbps = [10.0, 150.0]\n[[layers")
    table, _, _ = published(tmp_path, text)
    assert table["fixed_10_mbps_share"].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert table["fixed_150_mbps_share"].tolist() == [0] * 9
    assert table["internet_gap_150_mbps_share"].tolist() == table["mobile_gap_150_mbps_share"].tolist()


def addresses(folder: Path) -> str:
    """Four addresses of the second village, one of which has a line, and two of the fourth, both with one."""
    at = tiny.centres().iloc[[1, 1, 1, 1, 3, 3, 8]].round(7)
    at = at.assign(lon=at["lon"] + [0.001, 0, -0.001, 0, 0, 0.001, 0.03], technology="fibre")
    speeds, served = [100, 0, "", "", 30, 100, 100], ["yes", "", "no", "no", "", "1", "yes"]
    at.assign(speed_mbps=speeds, served=served).to_csv(folder / "fixed.csv", index=False)
    return '[layers.fixed]\npath = "fixed.csv"\nformat = "points"'


def test_addresses_serve_their_share_of_the_people_of_the_nearest_place(tmp_path: Path, mobile: np.ndarray) -> None:
    table, report, _ = published(tmp_path, addresses(tmp_path))
    assert table["fixed_share"].tolist() == [0, 0.25, 0, 1, 0, 0, 0, 0, 0]
    wanted = mobile * [1, 0.75, 1, 0, 1, 1, 1, 1, 1]
    assert table["internet_gap_share"].tolist() == wanted.tolist()
    assert table["internet_gap_people"].tolist() == (wanted * PEOPLE).tolist()
    assert report["layers"]["fixed"]["rows"]["kept"] == 7
    said = {line["name"]: line["value"] for line in report["assumptions"]}
    far = "1 are too far from every populated place"
    assert said["addresses with or without a fixed line"].startswith(f"7; {far}")
    wide, _, _ = published(tmp_path, addresses(tmp_path) + "\nwithin_m = 5000", "wide")
    # The last address is 3 km from its village.
    assert wide["fixed_share"].tolist() == [0, 0.25, 0, 1, 0, 0, 0, 0, 1]


def shares(folder: Path, codes: list[str], covered: list[float]) -> str:
    pd.DataFrame({"code": codes, "speed_mbps": 100, "covered_share": covered}).to_csv(folder / "f.csv", index=False)
    return '[layers.fixed]\npath = "f.csv"'


def test_shares_of_communes_bound_the_gap(tmp_path: Path, mobile: np.ndarray) -> None:
    table, report, headline = published(tmp_path, shares(tmp_path, tiny.CODES, [0.5] * 4 + [0.9] * 4 + [1.0]))
    wanted = mobile * [*[0.5] * 4, *[0.1] * 4, 0]
    assert table["internet_gap_share"].tolist() == pytest.approx(wanted.tolist())
    for bound in ("low", "high"):
        # Nobody or everybody has mobile internet: what both have in common is known.
        assert table[f"internet_gap_frechet_{bound}_share"].tolist() == pytest.approx(wanted.tolist())
    assert set(table["fixed_basis"]) == {"table"}
    assert table["fixed_area"].tolist() == [f"commune {code}" for code in tiny.CODES]
    people = (wanted * PEOPLE).sum()
    assert report["national"]["internet_gap_people"] == pytest.approx(people)
    share = f"{people / 450:.1%}"
    words = "without high-speed internet, neither fixed nor mobile (estimate within bounds)"
    assert f"{people:,.0f} people ({share}) {words} (modelled, bounds {share} to {share})" in headline
    assert "estimate within bounds" in dictionary(tmp_path)["internet_gap_share"]
    page = (tmp_path / "maps/latest/internet.html").read_text(encoding="utf-8")
    assert "neither fixed nor mobile (estimate within bounds)" in page


def test_a_commune_of_which_nothing_is_said_has_no_headline_but_its_mobile_gap(
    tmp_path: Path, mobile: np.ndarray
) -> None:
    table, report, _ = published(tmp_path, shares(tmp_path, tiny.CODES[:8], [0.5] * 8))
    assert table["internet_gap_share"].isna().tolist() == [False] * 8 + [True]
    last = table.iloc[-1]
    assert (last["fixed_basis"], last["internet_evidence"]) == ("none", "data-poor")
    assert last["mobile_gap_share"] == mobile[-1]
    assert "no row of the table of fixed lines" in last["internet_note"]
    assert report["national"]["internet_data_poor_people"] == 90
    operators = pd.read_csv(tmp_path / "data/latest/operator_coverage.csv", dtype={"commune_code": str})
    assert operators.loc[operators["commune_code"] == tiny.CODES[-1], "covered_share"].notna().all()


def test_a_share_of_the_nation_bounds_the_nation(tmp_path: Path, mobile: np.ndarray) -> None:
    table, report, _ = published(tmp_path, shares(tmp_path, [""], [0.8]))
    gap, national = (mobile * PEOPLE).sum() / 450, report["national"]
    assert national["internet_gap_share"] == pytest.approx(gap * 0.2)
    assert national["internet_gap_frechet_low_share"] == pytest.approx(max(0, gap - 0.8))
    assert national["internet_gap_frechet_high_share"] == pytest.approx(min(gap, 0.2))
    assert (table["internet_gap_share_low"] <= table["internet_gap_share"]).all()
    assert (table["internet_gap_share"] <= table["internet_gap_share_high"]).all()
    assert set(table["fixed_area"]) == {"nation"}


def test_places_and_a_table_count_both_and_what_they_share_is_not_known(tmp_path: Path, mobile: np.ndarray) -> None:
    table_text = shares(tmp_path, tiny.CODES, [0.5] * 9).replace("[layers", "[[layers").replace("fixed]", "fixed]]")
    table, _, _ = published(tmp_path, south(tmp_path) + "\n" + table_text)
    assert table["internet_gap_share"].tolist() == (mobile * [0, 0, 0, *[0.5] * 6]).tolist()
    assert table["fixed_share"].tolist() == [1, 1, 1] + [0.5] * 6
    assert set(table["fixed_basis"]) == {"place and table"}


def test_a_declared_headline_is_joined_by_shares_alone(tmp_path: Path, mobile: np.ndarray) -> None:
    declared = '[headline]\nsource = "declared"\n[[layers.coverage]]\npath = "one.geojson"\noperator = "One"\n'
    declared += 'technology = "4g"\nspeed_mbps = 10\n'
    # Declared are the first two communes.
    half = shapely.box(tiny.WEST, tiny.SOUTH, tiny.WEST + 2 * tiny.SIDE_M, tiny.SOUTH + tiny.SIDE_M)
    gpd.GeoDataFrame(geometry=[half], crs=tiny.METRIC).to_crs("EPSG:4326").to_file(tmp_path / "one.geojson")
    table, _, headline = published(tmp_path, declared + shares(tmp_path, tiny.CODES, [0.75] * 9))
    assert table["internet_gap_share"].tolist() == [0, 0, *[0.25] * 7]
    assert table["mobile_gap_share"].tolist() == [0, 0, *[1] * 7]
    assert set(table["internet_evidence"]) == {"declared"}
    # The model's own, with the same lines.
    assert table["internet_gap_modelled_share"].tolist() == (0.25 * mobile).tolist()
    assert "neither fixed nor mobile (estimate within bounds) (declared, bounds" in headline


FIBRE = '[radio]\nfixed = [{ within_km = 3.0, speed_mbps = 50.0 }]\n[layers.fibre]\npath = "fibre.geojson"\n'


def fibre(folder: Path) -> str:
    """Fibre through the villages of the third column, that of the fifth commune's row among them."""
    line = shapely.LineString([tiny.at(2, 0), tiny.at(2, 1)])
    tiny.write_shapes(folder / "fibre.geojson", [line], name=["a"])
    return FIBRE


def test_fibre_by_distance_counts_too_and_the_mobile_gap_stays_apart(tmp_path: Path, mobile: np.ndarray) -> None:
    table, report, headline = published(tmp_path, fibre(tmp_path))
    near = np.array([1, 1, 0, 1, 1, 0, 1, 1, 1])
    assert table["internet_gap_share"].tolist() == (mobile * near).tolist()
    assert table["mobile_gap_share"].tolist() == mobile.tolist()
    assert "neither fixed nor mobile" in headline
    assert "fixed_basis" not in table
    assert "or a fixed line along fibre" in dictionary(tmp_path)["indoor_gap_10_mbps_share"]
    both, _, _ = published(tmp_path, fibre(tmp_path) + south(tmp_path), "both")
    assert both["internet_gap_share"].tolist() == (mobile * near * [0, 0, 0, 1, 1, 1, 1, 1, 1]).tolist()
    assert both["mobile_gap_share"].tolist() == mobile.tolist()
    assert report["national"]["mobile_gap_people"] == (mobile * PEOPLE).sum()


def with_cells(folder: Path, technology: str, villages: list[int], first_cell: int) -> None:
    """Add cells of both operators to the towers."""
    towers, at = pd.read_csv(folder / "towers.csv"), tiny.centres().round(7)
    rows = [
        towers.iloc[0].to_dict()
        | {"radio": technology, "net": net, "cell": first_cell + 2 * row + net}
        | {"lon": at["lon"][village], "lat": at["lat"][village]}
        for row, village in enumerate(villages)
        for net in (1, 2)
    ]
    pd.concat([towers, pd.DataFrame(rows)]).to_csv(folder / "towers.csv", index=False)


def test_a_run_that_goes_on_from_another_leaves_the_bytes_of_a_cold_one(tmp_path: Path) -> None:
    text = south(tmp_path) + "\n" + addresses(tmp_path).replace("[layers.fixed]", "[[layers.fixed]]")
    text += "\n[plausibility]\nrows_change_share = 9.0\nnational_change_share = 1.0"
    published(tmp_path)
    with_cells(tmp_path, "GSM", [0, 2, 3, 5, 6, 7, 8], 100)
    before, _, _ = published(tmp_path, text)
    with_cells(tmp_path, "LTE", [4], 30_000)
    warm, report, _ = published(tmp_path, text)
    cold, _, _ = published(tmp_path, text, "cold", "threads")
    pd.testing.assert_frame_equal(warm, cold)
    assert warm["mobile_gap_share"].tolist() != before["mobile_gap_share"].tolist()
    for name in ("commune_gaps.csv", "commune_gaps.parquet", "fixed.csv"):
        assert (tmp_path / "data/latest" / name).read_bytes() == (tmp_path / "cold/latest" / name).read_bytes()
    modes = {stage["name"]: stage["compute_mode"] for stage in report["stages"]}
    assert modes["radio"].startswith("from the run before")
    assert "fixed_sums" in modes


@pytest.mark.parametrize("source", ["measured", "combined"])
def test_a_headline_of_speed_tests_keeps_its_low_and_high_within_the_bounds(
    tmp_path: Path, mobile: np.ndarray, source: str
) -> None:
    rng, middle = np.random.default_rng(3), tiny.centres().round(7)
    at = middle.loc[np.repeat(np.arange(5), 72)].reset_index(drop=True)
    at = at.assign(lon=at["lon"] + rng.uniform(-0.03, 0.03, 360), lat=at["lat"] + rng.uniform(-0.03, 0.03, 360))
    at.assign(download_mbps=rng.choice([5.0, 50.0], 360), tests=3).to_csv(tmp_path / "tests.csv", index=False)
    text = f'[headline]\nsource = "{source}"\n[layers.speed_tests]\npath = "tests.csv"\nformat = "drive"\n'
    alone, _, _ = published(tmp_path, text, "alone")
    table, report, _ = published(tmp_path, text + shares(tmp_path, tiny.CODES, [0.75] * 9))
    known = alone["internet_gap_share"].notna()
    assert known.tolist() == [True] * 5 + [source == "combined"] * 4
    assert (alone["internet_gap_share_low"] < alone["internet_gap_share"])[known].any()
    wanted = (alone["internet_gap_share"] * 0.25)[known].tolist()
    assert table["internet_gap_share"][known].tolist() == pytest.approx(wanted, abs=2e-6)
    assert table["internet_gap_modelled_share"].tolist() == (0.25 * mobile).tolist()
    for end in ("low", "high"):
        assert table[f"mobile_gap_share_{end}"][known].tolist() == alone[f"internet_gap_share_{end}"][known].tolist()
    low = np.maximum(alone["internet_gap_share_low"] - 0.75, 0)[known]
    high = np.minimum(alone["internet_gap_share_high"], 0.25)[known]
    assert table["internet_gap_share_low"][known].tolist() == pytest.approx(low.tolist(), abs=2e-6)
    assert table["internet_gap_share_high"][known].tolist() == pytest.approx(high.tolist(), abs=2e-6)
    national = report["national"]
    assert national["internet_gap_frechet_low_share"] <= national["internet_gap_share"]
    assert national["internet_gap_share"] <= national["internet_gap_frechet_high_share"]
