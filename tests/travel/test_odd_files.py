"""What is odd in a file, each row of the table in docs/reach.md, in whole runs of two lands with the sea between."""

import json
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from tests import tiny

SOUTH_TO_NORTH = (0, 3, 6)
WEST, EAST = ([row + column for row in SOUTH_TO_NORTH] for column in (0, 2))


def _metres(column, row):
    return (tiny.WEST + (column + 0.5) * tiny.SIDE_M, tiny.SOUTH + (row + 0.5) * tiny.SIDE_M)


def _write(path, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=tiny.METRIC).to_crs("EPSG:4326").to_file(path, driver="GeoJSON")


@pytest.fixture
def country(tmp_path):
    """Without the middle column of communes: a land in the west with the hub, and an island in the east."""
    path = tiny.write_files(tmp_path / "in")
    tiny.communes().iloc[sorted(WEST + EAST)].to_file(path.parent / "communes.geojson", driver="GeoJSON")
    middle = tiny.centres().round(7)
    villages = pd.read_csv(path.parent / "villages.csv").iloc[sorted(WEST + EAST)]
    villages.to_csv(path.parent / "villages.csv", index=False)
    hub = middle.iloc[[WEST[1]]].assign(kind="post office", id=1, capacity="")
    hub.to_csv(path.parent / "hubs.csv", index=False)
    lines = [[_metres(column, 0), _metres(column, 1), _metres(column, 2)] for column in (0, 2)]
    _roads(path, lines)
    _say(path, '[layers.roads]\npath = "roads.geojson"\n')
    return path


def _roads(path, lines, **columns):
    columns = {"highway": ["tertiary"] * len(lines)} | columns
    _write(path.parent / "roads.geojson", [shapely.LineString(line) for line in lines], **columns)


def _say(path, text):
    path.write_text(path.read_text() + text)


def _add_hub(path, lon, lat, **columns):
    hubs = pd.read_csv(path.parent / "hubs.csv", dtype=object)
    more = pd.DataFrame([{"lon": lon, "lat": lat, "kind": "post office", "id": 7, "capacity": ""} | columns])
    pd.concat([hubs, more.astype(str)]).to_csv(path.parent / "hubs.csv", index=False)


def _run(path, folder):
    run_pipeline(path, folder / "d", folder / "m", date(2026, 3, 1), "serial", lambda *_: None)
    table = pd.read_csv(folder / "d/latest/commune_gaps.csv", dtype={"commune_code": str}).set_index("commune_code")
    report = json.loads((folder / "d/latest/report.json").read_text())
    return table, report


def test_an_island_without_a_ferry_is_unreachable_and_it_says_why(country, tmp_path):
    table, _ = _run(country, tmp_path)
    island = [tiny.CODES[row] for row in EAST]
    assert (table.loc[island, "unreachable_share"] == 1).all()
    assert (table.loc[island, "delivery_gap_share"] == 1).all()
    assert (table.loc[[tiny.CODES[row] for row in WEST], "unreachable_share"] == 0).all()
    expected = "100% of people have roads that no ground or ferry joins to a pick-up"
    assert (table.loc[island, "delivery_note"] == expected).all()
    assert (table.loc[island, "delivery_evidence"] == "modelled").all()


def test_an_island_without_roads_says_that_water_lies_between(country, tmp_path):
    _roads(country, [[_metres(0, 0), _metres(0, 1), _metres(0, 2)]])
    table, _ = _run(country, tmp_path)
    notes = table.loc[[tiny.CODES[row] for row in EAST], "delivery_note"]
    assert (notes == "100% of people have water between them and any road").all()


def test_a_ferry_reaches_the_island(country, tmp_path):
    lines = [[_metres(column, 0), _metres(column, 1), _metres(column, 2)] for column in (0, 2)]
    lines.append([_metres(0, 1), _metres(2, 1)])
    _roads(country, lines, highway=["tertiary", "tertiary", ""], route=["", "", "ferry"])
    table, _ = _run(country, tmp_path)
    assert (table["unreachable_people"] == 0).all()
    # 20 km at 10 km/h and one wait.
    assert table.loc[tiny.CODES[EAST[1]], "minutes_to_hub_median"] == pytest.approx(120 + 20, rel=2e-3)


def test_a_hub_in_the_sea_is_out_of_area(country, tmp_path):
    sea = tiny.centres().round(7).iloc[4]
    _add_hub(country, sea["lon"], sea["lat"])
    table, report = _run(country, tmp_path)
    assert report["layers"]["hubs"]["rows"]["out_of_area"] == 1
    assert table["unreachable_people"].sum() > 0


def test_a_hub_with_water_all_round_is_listed_as_cut_off_and_reaches_nobody(country, tmp_path):
    hub = tiny.centres().round(7).iloc[EAST[1]]
    _add_hub(country, hub["lon"] + 0.03, hub["lat"])
    lake = shapely.Point(*_metres(2, 1)).buffer(4_500).difference(shapely.Point(*_metres(2, 1)).buffer(1_000))
    _write(country.parent / "water.geojson", [lake], name=["lake"])
    _say(country, '[layers.water]\npath = "water.geojson"\n')
    table, _ = _run(country, tmp_path)
    facts = json.loads((tmp_path / "d/latest/stages/travel_times.report.json").read_text())["facts"]
    assert facts["hubs_cut_off"] == ["7"]
    assert table.loc[tiny.CODES[EAST[1]], "unreachable_share"] == 1


def test_a_road_of_0_kmh_has_the_speed_of_its_class_and_a_note(country, tmp_path):
    before, _ = _run(country, tmp_path / "a")
    lines = [[_metres(column, 0), _metres(column, 1), _metres(column, 2)] for column in (0, 2)]
    _roads(country, lines, maxspeed=["0", "-5"])
    after, report = _run(country, tmp_path / "b")
    assert after["minutes_to_hub_median"].equals(before["minutes_to_hub_median"])
    assert any("2 roads state a limit of 0 km/h or less" in note for note in report["layers"]["roads"]["notes"])


def test_a_negative_capacity_is_left_blank_and_counted(country, tmp_path):
    place = tiny.centres().round(7).iloc[WEST[0]]
    _add_hub(country, place["lon"], place["lat"], capacity="-20")
    _, report = _run(country, tmp_path)
    assert pd.read_csv(tmp_path / "d/latest/quarantine.csv").empty
    hubs = report["layers"]["hubs"]
    assert (hubs["rows"]["read"], hubs["rows"]["kept"], hubs["rows"]["quarantined"]) == (2, 2, 0)
    assert [(each["column"], each["reason"], each["cells"]) for each in hubs["blanked"]] == [
        ("capacity", "a value is outside its possible range", 1)
    ]


def test_a_crossing_without_a_junction_and_a_ring_change_nothing_for_others(country, tmp_path):
    before, _ = _run(country, tmp_path / "a")
    lines = [[_metres(column, 0), _metres(column, 1), _metres(column, 2)] for column in (0, 2)]
    x, y = _metres(0, 0)
    # Over the road in the west, a vertex of its own nowhere near it; and a ring on the hub's doorstep.
    lines.append([(x - 4000, y + 5000), (x + 4000, y + 5000)])
    hub_x, hub_y = _metres(0, 1)
    angle = np.linspace(0, 2 * np.pi, 9)
    ring = np.column_stack([hub_x - 300 + 300 * np.cos(angle), hub_y + 300 * np.sin(angle)])
    ring[-1] = ring[0] = (hub_x, hub_y)
    lines.append(ring.tolist())
    _roads(country, lines)
    after, report = _run(country, tmp_path / "b")
    assert report["layers"]["roads"]["rows"]["kept"] == 4
    minutes = "minutes_to_hub_median"
    assert after[minutes].fillna(-1).tolist() == pytest.approx(before[minutes].fillna(-1).tolist(), abs=1e-3)
