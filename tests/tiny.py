"""A country small enough to check by hand: 3 x 3 square communes of 10 km, in metres of UTM 48N."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layer, Layers, PeopleLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.population.reader import read_people as people_reader
from commune_coverage.readers.registry import ReadContext, Reader

METRIC = "EPSG:32648"
WEST, SOUTH, SIDE_M = 400_000.0, 1_200_000.0, 10_000.0
CODES = [f"01010{number}" for number in range(1, 10)]


def communes() -> gpd.GeoDataFrame:
    """Nine communes 010101 to 010109, row by row from the south-west, in WGS 84."""
    squares = [
        shapely.box(
            WEST + column * SIDE_M, SOUTH + row * SIDE_M, WEST + (column + 1) * SIDE_M, SOUTH + (row + 1) * SIDE_M
        )
        for row in range(3)
        for column in range(3)
    ]
    names = [f"Commune {number}" for number in range(1, 10)]
    frame = gpd.GeoDataFrame(
        {"commune_code": CODES, "commune_name": names, "province_code": "01"}, geometry=squares, crs=METRIC
    )
    return frame.to_crs("EPSG:4326")


def area() -> StudyArea:
    return StudyArea(communes(), METRIC)


def context(area: StudyArea | None, folder: Path = Path(), country: Country | None = None) -> ReadContext:
    """What a reader is given on the tiny country, or on the ``area``; a ``folder`` where it writes."""
    layers = Layers(communes={"path": folder / "communes.geojson"})
    return ReadContext(country or Country(code="KHM", name={"en": "T"}, metric_crs=METRIC, layers=layers), area, folder)


def read(reader: Reader, layer: Layer, area: StudyArea | None, **more: object) -> tuple[pd.DataFrame, list[RowLog]]:
    """The layer's own table and the logs; ``more`` is the folder or the country."""
    result = reader(layer, context(area, **more))
    return result.table, result.row_logs


def read_people(
    layer: PeopleLayer, area: StudyArea | None, folder: Path, engine: str = "serial"
) -> tuple[SimpleNamespace, list[RowLog]]:
    """The facts of people that were read, with people ``by_commune``, and the logs; files go into the folder."""
    if area is not None:
        folder.mkdir(parents=True, exist_ok=True)
        area.communes.to_parquet(folder / "communes.parquet")
    result = people_reader(layer, replace(context(area, folder), engine=engine))
    return SimpleNamespace(by_commune=result.sums["people_sums"]["people"], **result.facts), result.row_logs


def centres() -> pd.DataFrame:
    """lon, lat of the middle of each commune, in code order."""
    middle = gpd.GeoSeries(communes().to_crs(METRIC).centroid, crs=METRIC).to_crs("EPSG:4326")
    return pd.DataFrame({"lon": middle.x, "lat": middle.y})


def write_files(folder: Path) -> Path:
    """The tiny country as raw files; the path of its country file."""
    folder.mkdir(parents=True, exist_ok=True)
    communes().to_file(folder / "communes.geojson", driver="GeoJSON")
    middle = centres().round(7)
    villages = middle.assign(village=[f"V{i}" for i in range(9)], people=np.arange(9) * 100 + 100)
    villages.to_csv(folder / "villages.csv", index=False)
    cells = pd.DataFrame(
        {
            "radio": ["LTE", "GSM", "LTE"],
            "mcc": 456,
            "net": [1, 2, 2],
            "area": 1,
            "cell": [1, 2, 3],
            "unit": 0,
            "lon": middle["lon"][[0, 4, 4]].to_numpy(),
            "lat": middle["lat"][[0, 4, 4]].to_numpy(),
            "range": 1000,
            "samples": 200,
            "changeable": 1,
            "created": 1_500_000_000,
            "updated": 1_700_000_000,
            "averageSignal": 0,
        }
    )
    cells.to_csv(folder / "towers.csv", index=False)
    middle.iloc[[4]].assign(kind="post office", id=1).to_csv(folder / "hubs.csv", index=False)
    country = folder / "country.toml"
    country.write_text(COUNTRY, encoding="utf-8")
    return country


def at(column: float, row: float) -> tuple[float, float]:
    """The middle of the commune in that column and row, in metres."""
    return (WEST + (column + 0.5) * SIDE_M, SOUTH + (row + 0.5) * SIDE_M)


def write_shapes(path: Path, shapes: list[shapely.Geometry], **columns: list[str]) -> None:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=METRIC).to_crs("EPSG:4326").to_file(path, driver="GeoJSON")


def say(country: Path, text: str) -> None:
    """Add to a country file."""
    country.write_text(country.read_text() + "\n".join(line.strip() for line in text.splitlines()) + "\n")


def without_limits(country: Path) -> None:
    """Let layers be used of which hardly anything is usable."""
    shares = ("lost", "outside", "no_data", "no_point", "one_point")
    say(country, "[intake]\n" + "\n".join(f"{name}_share = 1.0" for name in shares))


def with_few_people(country: Path) -> Path:
    """A tenth of the people, so that no cell is overloaded and most of them keep 10 Mbps."""
    villages = country.with_name("villages.csv")
    table = pd.read_csv(villages)
    table.assign(people=table["people"] // 10).to_csv(villages, index=False)
    return country


def write_with_roads(folder: Path) -> Path:
    """The same with a depot, a bank, an agent, and roads from the middle to the south, east and west."""
    country = write_files(folder)
    lines = [[at(0, 1), at(1, 1)], [at(1, 1), at(1, 0)], [at(1, 1), at(2, 1)]]
    write_shapes(folder / "roads.geojson", [shapely.LineString(line) for line in lines], highway=["tertiary"] * 3)
    middle = centres().round(7)
    hubs = middle.iloc[[4, 3]].assign(kind=["post office", "sorting centre"], id=[1, 2], capacity=[1.0, ""])
    hubs.to_csv(folder / "hubs.csv", index=False)
    middle.iloc[[4, 5]].assign(kind=["bank", "agent"], id=[1, 2]).to_csv(folder / "payments.csv", index=False)
    say(
        country,
        """
        [layers.roads]
        path = "roads.geojson"
        [layers.payments]
        path = "payments.csv"
        columns = { class = "kind" }
    """,
    )
    return country


COUNTRY = textwrap.dedent("""
    code = "KHM"
    languages = ["en"]
    metric_crs = "EPSG:32648"
    [name]
    en = "Tiny"
    [operators]
    One = ["456-01"]
    Two = ["456-02"]
    [layers.communes]
    path = "communes.geojson"
    [layers.people]
    path = "villages.csv"
    format = "points"
    columns = { place_name = "village" }
    [layers.towers]
    path = "towers.csv"
    [layers.hubs]
    path = "hubs.csv"
    columns = { class = "kind" }
""")


def projected(crs: str, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eastings and northings, rounded to decimetres."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return np.round(x, 1), np.round(y, 1)


def wide_communes(west: float, east: float) -> gpd.GeoDataFrame:
    """Communes of a degree each, side by side, 11 to 13 degrees north, in WGS 84."""
    edges = np.arange(west, east)
    shapes = [shapely.box(edge, 11, edge + 1, 13) for edge in edges]
    codes = [f"{number:02d}" for number in range(1, len(edges) + 1)]
    return gpd.GeoDataFrame({"commune_code": codes}, geometry=shapes, crs="EPSG:4326")
