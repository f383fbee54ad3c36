"""Files without columns: what a raster's cells are, what an OSM extract or an answer of the SDG database has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS
from rasterio.warp import transform_bounds

from commune_coverage.core.errors import CoverageError, UnreadableFileError
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.detection.declared_rasters import keys_of_coverage, technology_of
from commune_coverage.readers.detection.extent import Extent
from commune_coverage.readers.formats.osm import overpass_points, pbf_points, pbf_roads, sqlite_points
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES, open_plainly
from commune_coverage.readers.formats.un_sdg import is_sdg, read_sdg
from commune_coverage.readers.population.raster import said_density

_OF_PEOPLE = tuple(
    (word, "people")
    for word in ("pop", "ppp", "people", "persons", "inhabit", "census", "ghs", "hrsl", "landscan", "density", "_pd_")
)
NOTHING_USED = "Nothing of this is used until it stands in the country file."
RASTER_LAYERS = ("people", "elevation", "water", "flood", "friction", "coverage")
OSM_LAYERS = ("hubs", "payments", "roads")
CLASSES = {
    "hubs": {
        "amenity=post_office": "post office",
        "amenity=post_depot": "post depot",
        "office=courier": "courier",
        "office=logistics": "courier",
        "amenity=parcel_locker": "locker",
    },
    "payments": {
        "amenity=bank": "bank",
        "amenity=atm": "ATM",
        "amenity=money_transfer": "agent",
        "amenity=payment_centre": "agent",
        "amenity=bureau_de_change": "agent",
    },
}
"""OSM tags of each layer of points, and the class that each is."""
_LOOKED_AT = 1000
_METRES_A_DEGREE = 111_320.0
_USUAL = {
    "people": (0.0, 1e6, "people"),
    "elevation": (-500.0, 9000.0, "metres above sea level"),
    "friction": (1e-4, 10.0, "minutes a metre"),
}


@dataclass(frozen=True)
class OtherFile:
    """What a file without columns seems to be: sentences, keys of its section, and lines that are to be completed."""

    told: list[str]
    keys: dict[str, object] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """What was recognised, one sentence a line."""
        return [*self.told, NOTHING_USED]

    def as_toml(self) -> str:
        """The lines for the file's section of the country file."""
        known = "".join(f"{key} = {toml_value(value)}\n" for key, value in self.keys.items())
        return known + "".join(f"# {line}\n" for line in self.questions)


def other_file(path: Path, layer: str, country: Extent | None, operators: Sequence[str] = ()) -> OtherFile | None:
    """Recognise a raster or an OSM extract.

    Parameters
    ----------
    path : Path
        The upload.
    layer : str
        What it is to be read as.
    country : Extent or None
        Where the country lies.
    operators : sequence of str
        Names of its operators, one of which a raster of declared coverage may have in its name.

    Returns
    -------
    OtherFile or None
        None for a file that has columns.

    Raises
    ------
    UnreadableFileError
        When the file is damaged, or cannot be the layer.
    """
    name = path.name.lower()
    if path.suffix.lower() in RASTER_SUFFIXES:
        if layer not in RASTER_LAYERS:
            raise UnreadableFileError(f"'{path.name}' is a raster, and {layer} cannot be one; see --layer")
        found = _raster(path, layer, country)
        return _with_claim(found, path, operators) if layer == "coverage" else found
    if layer == "benchmarks" and is_sdg(path):
        figures = read_sdg(path, RowLog(layer, path.name))
        series = ", ".join(sorted(set(figures["series"])))
        told = (
            f"'{printable(path.name)}': an answer of the SDG database with {len(figures):,} figures of whole countries"
        )
        return OtherFile([printable(f"{told}: {series}.", 500)], {"format": "un-sdg"})
    is_sqlite = name.endswith((".sqlite.zip", ".db.zip"))
    if not (is_sqlite or name.endswith(".pbf") or is_overpass(path)):
        return None
    if layer == "roads" and name.endswith(".pbf"):
        return OtherFile([f"'{printable(path.name)}': an OSM extract with {len(pbf_roads(path)):,} lines of roads."])
    if layer not in CLASSES:
        raise UnreadableFileError(f"'{path.name}' is an OSM extract, and {layer} cannot be one; see --layer")
    kind = "osm-sqlite" if is_sqlite else "osm-pbf" if name.endswith(".pbf") else "overpass"
    return _points(path, layer, kind)


def is_overpass(path: Path) -> bool:
    """Tell whether a JSON file is a response of the Overpass API.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        Whether its beginning says so.
    """
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4096)
    return b'"elements"' in head or (b'"generator"' in head and b"Overpass" in head)


def _points(path: Path, layer: str, kind: str) -> OtherFile:
    readers: dict[str, Callable[..., tuple[object, int]]] = {
        "osm-sqlite": sqlite_points,
        "osm-pbf": pbf_points,
        "overpass": overpass_points,
    }
    points, total = readers[kind](path, CLASSES[layer])
    counts = dict(points["class"].value_counts())  # type: ignore[index]
    shown = ", ".join(f"{tag} {count:,}" for tag, count in counts.items()) or "none"
    told = [f"'{printable(path.name)}': an OSM extract with {total:,} tagged objects, for {layer}: {shown}."]
    if not counts:
        told.append(f"It holds no object of the tags that {layer} usually have; name others in classes.")
    classes = {tag: called for tag, called in CLASSES[layer].items() if tag in counts} or CLASSES[layer]
    return OtherFile(told, {"format": kind, "classes": classes})


def _raster(path: Path, layer: str, country: Extent | None) -> OtherFile:
    with open_plainly(path) as source:
        keys: dict[str, object] = {} if layer in ("elevation", "friction") else {"format": "raster"}
        return _of_raster(source, path, layer, country, keys)


def _with_claim(found: OtherFile, path: Path, operators: Sequence[str]) -> OtherFile:
    """Add whose coverage a raster declares, and which of its cells are covered."""
    with open_plainly(path) as source:
        keys, questions, told = keys_of_coverage(path, operators, _sample(source))
    return OtherFile([*found.told, *told], {**found.keys, **keys}, questions)


def _of_raster(
    source: rasterio.DatasetReader, path: Path, layer: str, country: Extent | None, keys: dict[str, object]
) -> OtherFile:
    bounds = source.bounds
    crs = CRS.from_wkt(source.crs.to_wkt()) if source.crs is not None else None
    system = "no reference system stated" if crs is None else f"{crs.to_string()[:40]} ({crs.name})"
    told = [f"'{printable(path.name)}': a raster of {source.width:,} x {source.height:,} cells, {system}."]
    if crs is None:
        in_degrees = (
            max(map(abs, (bounds.left, bounds.right))) <= 181 and max(abs(bounds.top), abs(bounds.bottom)) <= 91
        )
        told.append("Its corners are degrees." if in_degrees else 'Ask the publisher for it and set crs = "EPSG:…".')
        keys = keys | ({"crs": "EPSG:4326"} if in_degrees else {})
    told += [_resolution(source, crs), *_values(source, layer)]
    density = said_density(source, 1, path) if layer == "people" else ""
    if density:
        told.append(f"'{printable(density, 60)}' calls them people a km2: if they are people a cell, write false.")
        keys = keys | {"density_people_per_km2": True}
    if country is not None and crs is not None:
        told += _covered(source, crs, country)
    return OtherFile(told, keys)


def _resolution(source: rasterio.DatasetReader, crs: CRS | None) -> str:
    width, height = source.res
    if crs is not None and crs.is_geographic:
        metres = height * _METRES_A_DEGREE
        return f"A cell is {width:.6g} x {height:.6g} degrees, about {metres:,.0f} m from south to north."
    return f"A cell is {width:,.6g} x {height:,.6g} {crs.axis_info[0].unit_name if crs is not None else 'units'}."


def _values(source: rasterio.DatasetReader, layer: str) -> list[str]:
    """Sentences on the first band: type, nodata, scale and offset, and the range of a sample in its unit."""
    nodata = "no nodata is declared" if source.nodata is None else f"nodata {source.nodata:g}"
    scale, offset = source.scales[0], source.offsets[0]
    told = [f"Band 1 of {source.count}, {source.dtypes[0]}, {nodata}."]
    if (scale, offset) != (1.0, 0.0):
        told.append(f"Its values are to be multiplied by {scale:g}, then {offset:g} added.")
    values = _sample(source)
    if not len(values):
        return [*told, "None of the cells looked at holds a value."]
    low, high, unit = _USUAL.get(layer, (-np.inf, np.inf, ""))
    told.append(f"The cells looked at hold {values.min():g} to {values.max():g}{' ' + unit if unit else ''}.")
    odd = float(((values < low) | (values > high)).mean())
    if odd > 0:
        told.append(f"{odd:.1%} of them are no {unit}: a nodata that is not declared, or another unit.")
    return told


def _sample(source: rasterio.DatasetReader) -> npt.NDArray[np.float64]:
    """Values of at most a million cells of the first band that have one."""
    step = max(1, -(-max(source.width, source.height) // _LOOKED_AT))
    shape = (max(1, source.height // step), max(1, source.width // step))
    values = np.ma.compressed(source.read(1, out_shape=shape, masked=True)).astype(np.float64)
    return np.asarray(values[np.isfinite(values)] * source.scales[0] + source.offsets[0])


def _covered(source: rasterio.DatasetReader, crs: CRS, country: Extent) -> list[str]:
    left, right = sorted((source.bounds.left, source.bounds.right))
    bottom, top = sorted((source.bounds.bottom, source.bounds.top))
    west, south, east, north = transform_bounds(crs.to_wkt(), "EPSG:4326", left, bottom, right, top)
    own_west, own_south, own_east, own_north = country.bounds
    east += 360.0 * (east < west)
    width = sum(max(min(east + turn, own_east) - max(west + turn, own_west), 0.0) for turn in (-360.0, 0.0, 360.0))
    height = min(north, own_north) - max(south, own_south)
    whole = max((own_east - own_west) * (own_north - own_south), 1e-9)
    share = width * max(height, 0.0) / whole
    told = [f"It covers {share:.0%} of the country's bounds."]
    return (
        told if share >= 0.5 else [*told, "Its reference system, or the country, may not be right: ask the publisher."]
    )


def likely_layer(path: Path) -> str | None:
    """Guess what a file without columns is, by its name and cells.

    Parameters
    ----------
    path : Path
        The upload.

    Returns
    -------
    str or None
        A layer; None for a file that has columns.
    """
    name = path.name.lower()
    if name.endswith(".pbf"):
        return "roads" if len(pbf_roads(path)) else "hubs"
    is_points = name.endswith((".sqlite.zip", ".db.zip")) or is_overpass(path)
    if is_points or is_sdg(path):
        return "hubs" if is_points else "benchmarks"
    if path.suffix.lower() not in RASTER_SUFFIXES:
        return None
    words = (("friction", "friction"), ("flood", "flood"), ("water", "water"), *_OF_PEOPLE)
    heights = tuple((word, "elevation") for word in ("dem", "elev", "srtm", "dsm", "dtm", "relief", "height"))
    is_declared = technology_of(path) != "" or "coverage" in name
    known = (layer for word, layer in (*words, *heights) if word in name)
    by_name = next(known, "coverage" if is_declared else None)
    if by_name is not None:
        return by_name
    try:
        with open_plainly(path) as source:
            return "elevation" if np.issubdtype(np.dtype(source.dtypes[0]), np.signedinteger) else "people"
    except CoverageError:
        return "people"
