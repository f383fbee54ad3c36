"""People of whole communes put where somebody lives: by hand, conserved, nearer to the truth than an even spread."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pydantic import ValidationError
from pyproj import Transformer
from rasterio.transform import from_origin

import commune_coverage as cc
from commune_coverage.config.layers import PeopleLayer, SpreadFile
from commune_coverage.population.tables import read_places
from commune_coverage.synthetic.invented import write_country
from tests import tiny

TOBLER = 1 / 0.88
"""People by area of settlements: their radius grows with the 0.44th power of their people (Tobler 1969)."""
TABLE = "code,people\n010101,900\n010102,80\n010105,7\n"
DEGREES = Transformer.from_crs(tiny.METRIC, "EPSG:4326", always_xy=True)


def _weights(path: Path, values: np.ndarray, cell_m: float = 5000.0) -> Path:
    options = {"height": len(values), "width": len(values[0]), "count": 1, "dtype": "float32", "crs": tiny.METRIC}
    place = from_origin(tiny.WEST, tiny.SOUTH + 30_000, cell_m, cell_m)
    with rasterio.open(path, "w", nodata=-1, transform=place, **options) as target:
        target.write(np.asarray(values, dtype="float32"), 1)
    return path


def _layer(folder: Path, **spread: object) -> PeopleLayer:
    (folder / "t.csv").write_text(TABLE)
    stated = {"path": folder / "t.csv", "format": "table", "columns": {"commune_code": "code"}}
    return PeopleLayer(**stated, spread_over=spread or None)


def _places(folder: Path, layer: PeopleLayer) -> tuple[pd.DataFrame, list[str]]:
    people, logs = tiny.read_people(layer, tiny.area(), folder / "o", "serial")
    assert people.by_commune[[0, 1, 4]].tolist() == pytest.approx([900, 80, 7], abs=1e-4)
    assert people.counted == pytest.approx(987, abs=1e-3)
    assert all(log.is_balanced() for log in logs)
    return read_places(folder / "o", ["x_m", "y_m", "people"]), [note for log in logs for note in log.notes]


def test_weights_of_a_raster_share_each_communes_people(tmp_path: Path) -> None:
    """The first commune has cells of 1 and 2, the second one of 5; the fifth none, and is spread evenly."""
    values = np.zeros((6, 6))
    values[5, 0], values[4, 1], values[5, 2] = 1, 2, 5
    places, notes = _places(tmp_path, _layer(tmp_path, path=_weights(tmp_path / "w.tif", values)))
    found = {(round(x), round(y)): people for x, y, people in places.to_numpy() if people > 7}
    at = {}
    for column, row in np.ndindex(3, 2):
        at[column, row] = (tiny.WEST + 2500 + 5000 * column, tiny.SOUTH + 2500 + 5000 * row)
    expected = {at[0, 0]: 300, at[1, 1]: 600, at[2, 0]: 80}
    assert found == pytest.approx(expected, abs=0.5)
    assert "980 people are spread over 'w.tif', 7 of 1 areas where it has nothing evenly" in notes


def test_classes_weigh_what_the_country_file_says(tmp_path: Path) -> None:
    values = np.zeros((6, 6))
    values[5, 0], values[4, 0], values[4, 1], values[5, 3] = 30, 21, 10, 21
    layer = _layer(tmp_path, path=_weights(tmp_path / "s.tif", values), classes={"30": 8, "21": 2})
    places, _ = _places(tmp_path, layer)
    assert np.sort(places["people"])[-3:] == pytest.approx([80, 180, 720], rel=1e-3)


def test_people_grow_with_a_power_of_the_area_of_their_settlement(tmp_path: Path) -> None:
    """Of the first commune a town of three cells, one of them in the second, and a hamlet of one cell."""
    values = np.zeros((60, 60))
    values[52, 18:21] = values[42, 5] = 1
    layer = _layer(tmp_path, path=_weights(tmp_path / "m.tif", values, 500.0), settlement_exponent=1.5)
    places, _ = _places(tmp_path, layer)
    town = 2 * 3**0.5
    assert np.sort(places["people"])[-4:] == pytest.approx(
        [80, *[900 / (town + 1), *[900 * 3**0.5 / (town + 1)] * 2]], rel=1e-3
    )


def test_a_settlement_s_cells_count_across_the_windows_that_are_read(tmp_path: Path) -> None:
    values = np.zeros((6, 2100))
    values[5, 1022:1026] = values[5, 2] = 1
    layer = _layer(tmp_path, path=_weights(tmp_path / "m.tif", values, 9.0), settlement_exponent=2)
    (tmp_path / "t.csv").write_text("code,people\n010107,900\n")
    people, _ = tiny.read_people(layer, tiny.area(), tmp_path / "o", "serial")
    places = read_places(tmp_path / "o", ["people"])
    assert people.counted == pytest.approx(900, abs=1e-3)
    assert np.sort(places["people"])[::-1][:5] == pytest.approx([900 * 4 / 17] * 4 + [900 / 17], rel=1e-3)


def test_buildings_share_by_their_weight_and_nearby_ones_are_one_place(tmp_path: Path) -> None:
    x, y = tiny.WEST + np.array([1010, 1020, 8000, 15_000, 99_000]), tiny.SOUTH + np.array([1010, 1030, 8000, 500, 500])
    lon, lat = DEGREES.transform(x, y)
    rows = pd.DataFrame({"latitude": lat, "longitude": lon, "area_in_meters": [100, 50, 300, 80, 60]})
    rows.to_csv(tmp_path / "b.csv", index=False)
    columns = {"lat": "latitude", "lon": "longitude", "weight": "area_in_meters"}
    places, _ = _places(tmp_path, _layer(tmp_path, path=tmp_path / "b.csv", columns=columns))
    big = places[places["people"] > 7].sort_values("people")
    assert big["people"].tolist() == pytest.approx([80, 300, 600], rel=1e-6)
    assert big["x_m"].iloc[1] == pytest.approx(tiny.WEST + 1015, abs=0.1)


def test_people_of_polygons_go_to_the_weights_in_the_polygon(tmp_path: Path) -> None:
    square = shapely.box(tiny.WEST + 5000, tiny.SOUTH, tiny.WEST + 15_000, tiny.SOUTH + 10_000)
    gpd.GeoDataFrame({"people": [100.0]}, geometry=[square], crs=tiny.METRIC).to_file(tmp_path / "z.gpkg")
    values = np.zeros((6, 6))
    values[5, 0], values[5, 1], values[5, 2] = 50, 1, 3
    spread = SpreadFile(path=_weights(tmp_path / "w.tif", values))
    layer = PeopleLayer(path=tmp_path / "z.gpkg", format="polygons", spread_over=spread)
    people, _ = tiny.read_people(layer, tiny.area(), tmp_path / "o", "serial")
    # The polygon has half of its area in each commune, and what is in each goes to the weights there.
    assert people.by_commune[:2].tolist() == pytest.approx([50, 50], rel=1e-3)
    places = read_places(tmp_path / "o", ["x_m", "people"])
    assert sorted(places.loc[places["people"] > 0.1, "x_m"].round()) == [tiny.WEST + 7500, tiny.WEST + 12_500]


def test_buildings_have_no_settlement_exponent() -> None:
    with pytest.raises(ValidationError, match="settlements of a raster"):
        SpreadFile(path=Path("b.csv"), settlement_exponent=1.1)


def test_a_class_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValidationError, match="'urban' is no value of a raster"):
        SpreadFile(path=Path("s.tif"), classes={"urban": 1})


def _payment_gaps(folder: Path, name: str, people: str) -> pd.DataFrame:
    """Payment gap of each commune of the invented country with another people layer."""
    text = (folder / "country.toml").read_text(encoding="utf-8")
    start, end = text.index("[layers.people]"), text.index("[layers.towers]")
    (folder / f"{name}.toml").write_text(text[:start] + people + text[end:], encoding="utf-8")
    cc.run(folder / f"{name}.toml", data_dir=folder / name, maps_dir=folder / f"{name}-maps", engine="serial")
    return cc.open_results(folder / name).communes.set_index("commune_code")


@pytest.mark.long
def test_spread_over_settlements_the_payment_gap_of_the_invented_country_is_near_the_truth(tmp_path: Path) -> None:
    """Its raster made totals by commune, put back over what a satellite sees of its settlements."""
    folder = write_country(tmp_path, "default", 7).parent
    own = '[layers.people]\npath = "people.tif"\nformat = "raster"\n\n'
    truth = _payment_gaps(folder, "truth", own)
    truth["people"].rename_axis("code").to_csv(folder / "totals.csv")
    with rasterio.open(folder / "people.tif") as source:
        people, profile = source.read(1).astype(float), source.profile
    settled = (people > 0) & (people < 1e7)
    noise = np.exp(np.random.default_rng(5).normal(0, 0.5, people.shape))
    built = np.where(settled, np.sqrt(np.where(settled, people, 0)) * noise, 0)
    for name, weights in (("mask", settled), ("built", built)):
        with rasterio.open(folder / f"{name}.tif", "w", **{**profile, "nodata": -1}) as target:
            target.write(weights.astype("float32"), 1)
    totals = (
        '[layers.people]\npath = "totals.csv"\nformat = "table"\ncolumns = { commune_code = "code" }\ncode_width = 6\n'
    )
    off = {}
    exponents = {"mask": 1.0, "built": 1.0, "tobler": TOBLER}
    for name in ("even", "mask", "built", "tobler"):
        path = "mask.tif" if name == "tobler" else f"{name}.tif"
        stated = f'path = "{path}", settlement_exponent = {exponents.get(name)}'
        spread = "" if name == "even" else f"spread_over = {{ {stated} }}\n"
        gaps = _payment_gaps(folder, f"by_{name}", f"{totals}{spread}\n")
        assert gaps["people"].sum() == pytest.approx(truth["people"].sum(), abs=1)
        off[name] = float((gaps["payment_gap_share"] - truth["payment_gap_share"]).abs().mean())
    assert off["built"] < 0.03
    assert off["mask"] < 0.035
    assert off["tobler"] < 0.03
    assert off["tobler"] < off["mask"]
    assert off["even"] > 2 * off["built"]
