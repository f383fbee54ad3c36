"""Coverage of land, roads and institutions: what people who lived at the same spots would have, and what is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod, Transformer

import commune_coverage as cc
from commune_coverage.core.errors import CountryFileError
from commune_coverage.schema.territory import TERRITORY_COVERAGE
from tests import tiny

CORNER = np.array([tiny.WEST, tiny.SOUTH])
LAKE = shapely.box(*np.add(CORNER, (12_000, 2_000)), *np.add(CORNER, (15_400, 8_900)))
ROADS = {"primary": [(1_020, 1_040), (25_010, 4_030)], "track": [(4_010, 28_020), (21_030, 3_010)]}
RAILWAYS = {
    "rail": [(500, 500), (29_500, 29_500)],
    "disused": [(500, 500), (29_500, 500)],
    "tram": [(0, -9e5), (9, -9e5)],
}
BORDERS = {
    "west": [(-300, 0), (-300, 30_000)],
    "inland": [(500, 500), (29_500, 29_500)],
    "far": [(-2_000, 0), (-2_000, 9_000)],
    "abroad": [(-9_000, 0), (-9_000, 9_000)],
}
RURAL = "[urbanisation]\ncentre_people = 1e9\ncluster_people = 1e9\n"
LAYERS = """
[territory]
spacing_m = 1000
[[obligations]]
id = "land"
title = "4G on most of the land"
technology = "4g"
measure = "land"
level = "province"
share = 0.999
by = 2025-01-01
source = "invented"
[[obligations]]
id = "schools"
title = "Schools"
technology = "4g"
where = "indoor"
measure = "institutions"
kind = "school"
share = 0.1
by = 2030-01-01
source = "invented"
[[obligations]]
id = "western-border"
title = "4G along the western border"
technology = "4g"
where = "in_vehicle"
measure = "borders"
kind = "west"
share = 0.99
by = 2025-01-01
source = "invented"
[[benchmarks]]
covered = { measure = "roads", technology = "4g", where = "in_vehicle" }
value = 0.5
tolerance = 1.0
date = 2025-12-31
source = "invented"
definition = "Share of roads."
[layers.roads]
path = "roads.geojson"
[layers.railways]
path = "railways.geojson"
[layers.borders]
path = "borders.geojson"
[layers.water]
path = "water.gpkg"
[layers.institutions]
path = "schools.csv"
columns = { class = "kind" }
"""


def spots(measured_m: float = 1_000.0) -> np.ndarray:
    """Of each square the middle of its dry cell of 100 m nearest to its own, the first of several from the north."""
    corner = np.arange(0, 3 * tiny.SIDE_M, measured_m)
    offsets = np.arange(50.0, measured_m, 100.0)
    found = []
    for south in corner:
        for west in corner:
            x, y = np.meshgrid(west + offsets, (south + offsets)[::-1])
            dry = ~shapely.intersects_xy(LAKE, CORNER[0] + x.ravel(), CORNER[1] + y.ravel())
            away = np.hypot(x.ravel() - west - measured_m / 2, y.ravel() - south - measured_m / 2).round(6)
            if dry.any():
                first = np.flatnonzero(dry)[np.argmin(away[dry])]
                found.append((x.ravel()[first], y.ravel()[first]))
    return CORNER + np.array(found)


def write(folder: Path) -> Path:
    country, middle = tiny.write_files(folder), tiny.centres().round(7)
    tiny.without_limits(country)
    lines = [shapely.LineString(CORNER + np.array(line)) for line in ROADS.values()]
    tiny.write_shapes(folder / "roads.geojson", lines, highway=list(ROADS))
    tracks = [shapely.LineString(CORNER + np.array(line)) for line in RAILWAYS.values()]
    tiny.write_shapes(folder / "railways.geojson", tracks, railway=list(RAILWAYS))
    edges = [shapely.LineString(CORNER + np.array(line)) for line in BORDERS.values()]
    tiny.write_shapes(folder / "borders.geojson", edges, neighbour=list(BORDERS))
    gpd.GeoDataFrame(geometry=[LAKE], crs=tiny.METRIC).to_file(folder / "water.gpkg")
    kinds = ["school"] * 8 + ["market"]
    middle.assign(id=range(9), kind=kinds).to_csv(folder / "schools.csv", index=False)
    country.write_text(country.read_text() + RURAL + LAYERS)
    return country


def run(country: Path, name: str, engine: str = "serial") -> cc.Results:
    folder = country.parent
    cc.run(country, folder / f"data-{name}", folder / f"maps-{name}", date(2026, 3, 1), engine)
    return cc.open_results(folder / f"data-{name}")


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path, cc.Results]:
    country = write(tmp_path_factory.mktemp("territory"))
    return country, run(country, "own")


def rows_of(table: pd.DataFrame, **key: str) -> pd.DataFrame:
    wanted = {"kind": "", "operator": "any", "technology": "4g", "where": "outdoor", "service_level": "signal"} | key
    is_it = np.logical_and.reduce([table[name].astype(object).fillna("").eq(value) for name, value in wanted.items()])
    return table[is_it]


def test_land_is_covered_as_people_at_the_same_spots_would_be(done, tmp_path: Path) -> None:
    at = spots()
    lon, lat = Transformer.from_crs(tiny.METRIC, "EPSG:4326", always_xy=True).transform(*at.T)
    country = write(tmp_path)
    people = pd.DataFrame({"village": range(len(at)), "lon": lon, "lat": lat, "people": 1})
    people.to_csv(tmp_path / "villages.csv", index=False)
    communes = run(country, "people").communes.sort_values("commune_code")
    table = done[1].territory_coverage
    for technology in ("2g", "4g"):
        land = rows_of(table, measure="land", level="commune", technology=technology).sort_values("code")
        known = land["covered_share"].notna().to_numpy()
        assert known.any()
        # Where no lake lies every square has a hundred cells: shares of cells are shares of spots.
        whole = known & (land["whole"] > 99.5).to_numpy()
        assert whole.sum() >= 5
        wanted = communes[f"covered_{technology}_share"].to_numpy(float)
        assert land["covered_share"].to_numpy()[whole] == pytest.approx(wanted[whole], abs=1e-9)


def test_all_there_is_is_what_is_on_the_map(done) -> None:
    table, communes = done[1].territory_coverage, tiny.communes()
    land = rows_of(table, measure="land", level="commune").set_index("code")["whole"]
    area = {"010102": 10_000 * 10_000 - LAKE.area}
    for code in tiny.CODES:
        assert land[code] == pytest.approx(area.get(code, 1e8) / 1e6, rel=2e-3)
    geod, system = Geod(ellps="WGS84"), Transformer.from_crs(tiny.METRIC, "EPSG:4326", always_xy=True)
    roads = {
        name: geod.geometry_length(shapely.LineString(np.column_stack(system.transform(*(CORNER + np.array(line)).T))))
        for name, line in ROADS.items()
    }
    national = rows_of(table, measure="roads", level="nation")
    assert national["whole"].item() == pytest.approx(sum(roads.values()) / 1000, rel=1e-3)
    for name, length_m in roads.items():
        assert rows_of(table, measure="roads", level="nation", kind=name)["whole"].item() == pytest.approx(
            length_m / 1000, rel=1e-3
        )
    by_commune = rows_of(table, measure="roads", level="commune")["whole"].sum()
    assert by_commune == pytest.approx(national["whole"].item())
    institutions = {kind: rows_of(table, measure="institutions", level="nation", kind=kind) for kind in ("school", "")}
    assert [rows["whole"].item() for rows in institutions.values()] == [8, 9]
    assert len(communes) == 9


def test_railways_count_where_they_are_there_and_in_the_country(done) -> None:
    table, rows = done[1].territory_coverage, done[1].report["layers"]["railways"]
    assert rows["rows"] == {"read": 3, "kept": 1, "neighbours": 0, "out_of_area": 1, "quarantined": 1, "filtered": 0}
    assert rows["reasons"] == {"not_open": 1}
    national = rows_of(table, measure="railways", level="nation")
    assert national["whole"].item() == pytest.approx(29 * 2**0.5, rel=1e-3)
    assert (
        rows_of(table, measure="railways", level="nation", kind="rail")["covered"].item() == national["covered"].item()
    )
    assert set(table[table["measure"] == "railways"]["where"]) == {"outdoor", "in_vehicle"}


def test_borders_beside_the_outline_belong_to_the_nearest_commune(done) -> None:
    table, rows = done[1].territory_coverage, done[1].report["layers"]["borders"]
    assert rows["rows"] == {"read": 4, "kept": 2, "neighbours": 0, "out_of_area": 2, "quarantined": 0, "filtered": 0}
    west = rows_of(table, measure="borders", level="nation", kind="west")
    assert (west["unit"].item(), west["whole"].item()) == ("km", pytest.approx(30.0, rel=1e-3))
    communes = rows_of(table, measure="borders", level="commune").set_index("code")["whole"]
    assert communes[["010104", "010102"]].tolist() == pytest.approx([10.0, 0.0], rel=1e-3)
    assert communes.sum() == pytest.approx(30 + 29 * 2**0.5, rel=1e-3)
    assert set(table[table["measure"] == "borders"]["where"]) == {"outdoor", "in_vehicle"}
    obligation = done[1].obligations.set_index("obligation").loc["western-border"].iloc[0]
    in_vehicle = rows_of(table, measure="borders", level="nation", kind="west", where="in_vehicle")
    assert obligation["covered_share"] == pytest.approx(in_vehicle["covered_share"].item())


def test_a_border_is_covered_as_a_railway_there_would_be(done) -> None:
    table = done[1].territory_coverage
    figures = ["whole", "covered", "covered_share", "covered_share_low", "covered_share_high"]
    for where in ("outdoor", "in_vehicle"):
        inland = rows_of(table, measure="borders", level="nation", kind="inland", where=where)
        railway = rows_of(table, measure="railways", level="nation", kind="rail", where=where)
        assert inland[figures].to_numpy() == pytest.approx(railway[figures].to_numpy())


def test_a_border_outside_is_covered_as_if_the_communes_reached_beyond_it(done, tmp_path: Path) -> None:
    country = write(tmp_path)
    wider = tiny.communes().to_crs(tiny.METRIC)
    strips = [
        shapely.box(*np.add(CORNER, (-1_000, south)), *np.add(CORNER, (0, south + 10_000))) for south in (0, 1e4, 2e4)
    ]
    shapes = wider.geometry.to_numpy()
    shapes[[0, 3, 6]] = shapely.union(shapes[[0, 3, 6]], strips)
    wider.set_geometry(shapes).to_crs("EPSG:4326").to_file(tmp_path / "communes.geojson", driver="GeoJSON")
    key = {"measure": "borders", "level": "nation", "kind": "west"}
    beyond, own = (rows_of(each.territory_coverage, **key) for each in (run(country, "wider"), done[1]))
    assert 0 < own["covered"].item() < own["whole"].item()
    assert own["covered"].item() == pytest.approx(beyond["covered"].item(), rel=1e-9)


def test_low_is_no_more_and_high_no_less_and_columns_are_declared(done) -> None:
    table = done[1].territory_coverage
    assert table.columns.tolist() == TERRITORY_COVERAGE.names
    known = table[table["covered_share"].notna()]
    assert len(known)
    assert (known["covered_share_low"] <= known["covered_share"] + 1e-12).all()
    assert (known["covered_share"] <= known["covered_share_high"] + 1e-12).all()
    assert not table.duplicated(TERRITORY_COVERAGE.names[:8]).any()


def test_obligations_and_benchmarks_rest_on_it(done) -> None:
    results = done[1]
    land = rows_of(results.territory_coverage, measure="land", level="province")
    judged = results.obligations.set_index(["obligation", "level"])
    assert judged.loc[("land", "province"), "covered_share"] == pytest.approx(land["covered_share"].item())
    assert judged.loc[("land", "province"), "unit"] == "km2"
    missing = (0.999 - land["covered_share"].item()) * land["whole"].item()
    assert judged.loc[("land", "province"), "missing"] == pytest.approx(missing)
    schools = rows_of(results.territory_coverage, measure="institutions", level="nation", kind="school", where="indoor")
    assert judged.loc[("schools", "nation"), "covered_share"] == pytest.approx(schools["covered_share"].item())
    roads = rows_of(results.territory_coverage, measure="roads", level="nation", where="in_vehicle")
    assert results.benchmarks["value"].item() == pytest.approx(roads["covered_share"].item())


def test_each_institution_says_who_covers_it(done) -> None:
    listed = done[1].institutions.sort_values("point_id")
    assert listed["operators_4g"].astype(object).fillna("").iloc[0] == "One"  # its cell stands there
    assert listed["operators_2g"].astype(object).fillna("").iloc[4] == "Two"
    assert (listed["operators_5g"].astype(object).fillna("") == "").all()


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_every_engine_gives_the_same_bytes(done, engine: str) -> None:
    country, results = done
    other = run(country, engine, engine)
    name = "territory_coverage.csv"
    assert (other.folder / name).read_bytes() == (results.folder / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('measure = "land"', "technology or speed_mbps is missing"),
        ('technology = "4g"\nkind = "school"', "kind is a class of roads, railways, borders or institutions"),
        ('measure = "institutions"\ntechnology = "4g"\nbasis = "declared"', "nothing is declared"),
        ('speed_mbps = 10\noperator = "One"', "all operators and technologies together"),
        ('measure = "roads"\ntechnology = "4g"\nkind = "track"\nlevel = "commune"', "district, province and nation"),
    ],
)
def test_an_obligation_that_no_figure_answers_is_refused(tmp_path: Path, text: str, why: str) -> None:
    country = tiny.write_files(tmp_path)
    tiny.say(country, f'[[obligations]]\nid = "x"\ntitle = "x"\nshare = 0.5\nby = 2030-01-01\nsource = "x"\n{text}')
    with pytest.raises(CountryFileError, match=why):
        cc.load_country(country)
