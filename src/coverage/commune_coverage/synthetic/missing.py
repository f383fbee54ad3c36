"""Layers that a country file declares synthetic, written where their files are missing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Synthetic
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import write_table
from commune_coverage.population.tables import read_places

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CAN_WRITE = ("towers", "roads", "hubs", "payments")


def declared_synthetic(country: Country) -> list[str]:
    """Layers with a ``synthetic`` table: those that can be written from the real ones."""
    return [name for name, layer in country.layer_items if name in CAN_WRITE and isinstance(layer.synthetic, Synthetic)]


def write_missing(country: Country, again: bool = False) -> list[Path]:
    """Write each declared synthetic layer that is absent (all of them with ``again``); the paths written."""
    wanted = [name for name in declared_synthetic(country) if again or not getattr(country.layers, name).path.is_file()]
    if not wanted:
        return []
    from commune_coverage.synthetic.from_places import synthesize_layer

    communes, places = _real_places(country)
    written = []
    for name in wanted:
        layer = getattr(country.layers, name)
        layer.path.parent.mkdir(parents=True, exist_ok=True)
        written.append(synthesize_layer(name, layer.path, layer.synthetic.seed, places, communes, country))
    return written


def write_people_raster(country: Country, path: Path, seed: int) -> Path:
    """A 100 m population raster spread around the places of the country's own people layer."""
    from commune_coverage.synthetic.from_places import synthesize_layer

    communes, places = _real_places(country)
    path.parent.mkdir(parents=True, exist_ok=True)
    return synthesize_layer("people", path, seed, places, communes, country)


def _real_places(country: Country) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Communes and populated places (lon, lat, people) from the layers that are not synthetic."""
    from commune_coverage.readers.boundaries.study_area import area_of
    from commune_coverage.readers.communes.reader import read_communes
    from commune_coverage.readers.layer_spec import ReadContext
    from commune_coverage.readers.population.reader import read_people

    layer = country.layers.people
    if layer is None or isinstance(layer.synthetic, Synthetic):
        raise CountryFileError("synthetic layers are made from the people layer; the country file names no real one")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        communes = read_communes(country.layers.communes, ReadContext(country, None, folder)).table
        write_table(folder / "communes.parquet", communes)
        area = area_of(country.layers.communes, country.metric_crs, communes)
        read_people(layer, ReadContext(country, area, folder))
        return communes, read_places(folder, ["lon", "lat", "people"])
