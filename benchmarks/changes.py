"""A country with one thing changed, written beside it: the files that change are copies, the others links."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio

from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import BenchError
from commune_coverage.synthetic.raw_files import write_zip

_LON, _LAT, _CELL = 6, 7, 4
_NEW_CELLS = 70_000_000
_AWAY_DEG = 0.004


def copy_country(country_path: Path, folder: Path, further: str = "") -> Path:
    """The country file in another folder with all beside it linked; ``further`` is TOML that is put at its end."""
    folder.mkdir(parents=True)
    for path in country_path.parent.iterdir():
        if path.is_file() and path != country_path:
            (folder / path.name).symlink_to(path.resolve())
    target = folder / country_path.name
    target.write_text(country_path.read_text(encoding="utf-8") + further, encoding="utf-8")
    return target


def change_sites(country_path: Path, folder: Path, share: float, seed: int) -> Path:
    """A copy in which a share of the sites differs: half of it removed, as many added near others.

    A site is all cells at one position in an OpenCelliD file without a header; one seed gives the same bytes.
    """
    target = copy_country(country_path, folder)
    path = _own(target, "towers")
    packed = path.read_bytes()
    lines = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode().splitlines()
    fields = [line.split(",") for line in lines]
    position = np.array([",".join(row[_LON : _LAT + 1]) for row in fields])
    names, site = np.unique(position, return_inverse=True)
    rng = np.random.default_rng(seed)
    count = round(len(names) * share / 2)
    chosen = rng.choice(len(names), 2 * count, replace=False)
    gone, copied = (np.isin(site, part) for part in (chosen[:count], chosen[count:]))
    kept = [line for line, is_gone in zip(lines, gone, strict=True) if not is_gone]
    added = [_moved(fields[row], number) for number, row in enumerate(np.flatnonzero(copied).tolist())]
    _write(path, "\n".join([*kept, *filter(None, added)]) + "\n")
    return target


def _moved(row: list[str], number: int) -> str:
    """The cell as a new one some 400 m away; '' for a row that is no cell."""
    try:
        lon, lat = float(row[_LON]) + _AWAY_DEG, float(row[_LAT])
    except (ValueError, IndexError):
        return ""
    fields = [*row]
    fields[_CELL], fields[_LON] = str(_NEW_CELLS + 256 * number), f"{lon:.6f}"
    return ",".join(fields) if np.isfinite(lat) else ""


def change_people(country_path: Path, folder: Path) -> Path:
    """A tenth more people in the northern half."""
    target = copy_country(country_path, folder)
    path = _own(target, "people")
    with rasterio.open(path) as source:
        values, profile = source.read(1), source.profile
    top = values[: len(values) // 2]
    top[(top > 0) & (top < 1e6)] *= 1.1
    path.unlink()
    with rasterio.open(path, "w", **profile) as written:
        written.write(values, 1)
    return target


def change_roads(country_path: Path, folder: Path) -> Path:
    """One road in a hundred gone."""
    return _change_shapes(country_path, folder, "roads", lambda frame: frame[np.arange(len(frame)) % 100 != 50])


def change_boundaries(country_path: Path, folder: Path) -> Path:
    """Boundaries moved by some 10 m."""
    return _change_shapes(country_path, folder, "communes", lambda frame: frame.set_geometry(frame.translate(10, 10)))


def change_parameters(country_path: Path, folder: Path) -> Path:
    """Another speed that counts as high."""
    target = copy_country(country_path, folder)
    text = target.read_text(encoding="utf-8")
    target.write_text(
        text.replace("high_speed_mbps = [10.0, 25.0]", "high_speed_mbps = [15.0, 30.0]"), encoding="utf-8"
    )
    return target


def _change_shapes(
    country_path: Path, folder: Path, layer: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]
) -> Path:
    target = copy_country(country_path, folder)
    path = _own(target, layer)
    changed = change(gpd.read_file(path))
    path.unlink()
    changed.to_file(path, layer=layer, driver="GPKG")
    return target


def change_hubs(country_path: Path, folder: Path) -> Path:
    """One point in fifty gone from the zipped SQLite of hubs and payment points."""
    target = copy_country(country_path, folder)
    path = _own(target, "hubs")
    with zipfile.ZipFile(path) as archive:
        name = archive.namelist()[0]
        archive.extract(name, folder / "unpacked")
    database = folder / "unpacked" / name
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM NODE WHERE ID % 50 = 7")
    connection.commit()
    connection.close()
    write_zip(path, {name: database.read_bytes()})
    return target


def _own(target: Path, layer: str) -> Path:
    """The layer's file, until now a link beside the country file, as a copy that may be changed."""
    named = dict(load_country(target).layer_items).get(layer)
    path = target.parent / (named.path.name if named else "")
    if named is None or not path.is_symlink():
        raise BenchError(f"the country file names no {layer} beside it, which is to be changed")
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    return path


def _write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())
