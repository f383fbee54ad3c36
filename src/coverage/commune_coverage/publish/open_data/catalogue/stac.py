"""A release in a SpatioTemporal Asset Catalog: a catalogue, a collection over the releases, an item for this one.

Source: STAC 1.1.0, https://github.com/radiantearth/stac-spec; its extensions projection 2.0, raster 2.0 and file 2.1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import rasterio
import shapely

from commune_coverage.core.files import write_json
from commune_coverage.publish.open_data.catalogue.assets import GEOTIFF, Asset
from commune_coverage.publish.open_data.catalogue.release import Release, address_of

Record = dict[str, Any]
FOLDER, ITEM = "stac", "item.json"
_VERSION = "1.1.0"
_EXTENSIONS = {
    "file": "https://stac-extensions.github.io/file/v2.1.0/schema.json",
    "proj": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "raster": "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
}
_SHA256_OF_32_BYTES = "1220"
_JSON, _GEOJSON = "application/json", "application/geo+json"
_OTHER = "other"


def write_stac(release: Release, folder: Path) -> None:
    """Write ``stac/catalog.json``, ``stac/collection.json`` and ``stac/item.json`` into the release's folder.

    Parameters
    ----------
    release : Release
        What is described. Links are relative; with an address those to earlier releases lead there.
    folder : Path
        The release's folder.
    """
    target = folder / FOLDER
    write_json(target / "catalog.json", _catalogue(release))
    write_json(target / "collection.json", _collection(release))
    write_json(target / ITEM, _item(release))


def _catalogue(release: Release) -> Record:
    return {
        "type": "Catalog",
        "stac_version": _VERSION,
        "id": f"{release.code}-catalogue",
        "title": release.publication.title,
        "description": release.publication.description,
        "links": [_link("root", "./catalog.json"), _link("child", "./collection.json")],
    }


def _collection(release: Release) -> Record:
    publication = release.publication
    provider = {"name": publication.publisher, "roles": ["producer", "licensor", "host"]}
    return {
        "type": "Collection",
        "stac_version": _VERSION,
        "id": release.code,
        "title": publication.title,
        "description": f"{publication.description} {_sources(release)}".strip(),
        "license": publication.licence or _OTHER,
        **({"providers": [provider]} if publication.publisher else {}),
        "extent": {
            "spatial": {"bbox": [list(release.bounds_deg)]},
            "temporal": {"interval": [[_time(_first_date(release)), _time(release.run_date)]]},
        },
        "links": [
            _link("root", "./catalog.json"),
            _link("parent", "./catalog.json"),
            _link("item", f"./{ITEM}", _GEOJSON),
            *_earlier(release),
            *_licence(release),
        ],
    }


def _first_date(release: Release) -> str:
    return min([release.run_date, *(one.run_date for one in release.earlier)])


def _earlier(release: Release) -> list[Record]:
    if not release.address:
        return []
    places = [address_of(release.address, one.run_id) for one in release.earlier]
    return [_link("item", f"{place}{FOLDER}/{ITEM}", _GEOJSON) for place in places]


def _licence(release: Release) -> list[Record]:
    address = release.publication.licence_address
    return [{"rel": "license", "href": address}] if address else []


def _sources(release: Release) -> str:
    return " ".join(f"Source: {source.sentence}." for source in release.publication.sources)


def _item(release: Release) -> Record:
    assets = {asset.key: _asset(asset) for asset in release.assets}
    has_rasters = any(asset.media_type == GEOTIFF for asset in release.assets)
    used = ("file", "proj", "raster") if has_rasters else ("file",)
    return {
        "type": "Feature",
        "stac_version": _VERSION,
        "stac_extensions": [_EXTENSIONS[name] for name in used],
        "id": release.run_id,
        "collection": release.code,
        "geometry": json.loads(shapely.to_geojson(release.outline)),
        "bbox": list(release.bounds_deg),
        "properties": {
            "datetime": _time(release.run_date),
            "title": f"{release.publication.title}, {release.run_date}",
            "license": release.publication.licence or _OTHER,
        },
        "links": [
            _link("root", "./catalog.json"),
            _link("parent", "./collection.json"),
            _link("collection", "./collection.json"),
            *_licence(release),
        ],
        "assets": assets,
    }


def _asset(asset: Asset) -> Record:
    return {
        "href": f"../{asset.name}",
        "type": asset.media_type,
        "title": asset.title,
        "roles": ["data" if asset.is_data else "metadata"],
        "file:size": asset.bytes,
        "file:checksum": f"{_SHA256_OF_32_BYTES}{asset.sha256}",
        **(_raster(asset.path) if asset.media_type == GEOTIFF else {}),
    }


def _raster(path: Path) -> Record:
    """Reference system and grid, and what each band holds."""
    with rasterio.open(path) as raster:
        code = raster.crs.to_authority()
        system = {"proj:code": ":".join(code)} if code else {"proj:code": None, "proj:wkt2": raster.crs.to_wkt()}
        described = zip(raster.descriptions, raster.units, raster.dtypes, strict=True)
        return {
            **system,
            "proj:shape": list(raster.shape),
            "proj:transform": list(raster.transform)[:6],
            "bands": [_band(*band) for band in described],
        }


def _band(name: str | None, unit: str | None, dtype: str) -> Record:
    said = {"name": name or "", "data_type": dtype, "nodata": "nan", "raster:sampling": "area"}
    return said | ({"unit": unit} if unit else {})


def _link(relation: str, place: str, media_type: str = _JSON) -> Record:
    return {"rel": relation, "href": place, "type": media_type}


def _time(day: str) -> str:
    return f"{day}T00:00:00Z"
