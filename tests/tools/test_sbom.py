"""The bill of materials: what its format demands, the lock whole, and what the libraries say of themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import pytest
import rasterio
import shapely

from tools.sbom import document, main

ROOT = Path(__file__).resolve().parents[2]
_PURL = re.compile(r"pkg:(pypi/[a-z0-9.-]+|npm/(%40[a-z0-9-]+/)?[a-z0-9.-]+|generic/[a-z]+)@[0-9][\w.%-]*")
_DIGITS = {"SHA-256": 64, "SHA-512": 128}


def _all(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from _all(component.get("components", []))


@pytest.fixture(scope="module", params=["run", "cluster"])
def bill(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, document(request.param)


def test_it_is_as_cyclonedx_demands(bill: tuple[str, dict[str, Any]]) -> None:
    """The rules of bom-1.6.schema.json for the parts that are used."""
    content = bill[1]
    assert (content["bomFormat"], content["specVersion"], content["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", content["serialNumber"])
    components = [content["metadata"]["component"], *_all(content["components"])]
    references = [component["bom-ref"] for component in components]
    assert len(set(references)) == len(references)
    for component in components:
        assert component["type"] in ("application", "library")
        assert component["name"]
        assert _PURL.fullmatch(component["purl"]), component["purl"]
        for digest in component.get("hashes", []):
            assert re.fullmatch(f"[0-9a-f]{{{_DIGITS[digest['alg']]}}}", digest["content"])
        licences = component.get("licenses", [])
        assert all(set(one) in ({"license"}, {"expression"}) for one in licences)
        assert len(licences) <= 1 or not any("expression" in one for one in licences)


def test_it_names_what_the_lock_pins_with_its_hashes_and_nothing_else(bill: tuple[str, dict[str, Any]]) -> None:
    purpose, content = bill
    pins = re.findall(r"^([a-z0-9._-]+)==(\S+)([^\n]*)", (ROOT / "requirements" / f"{purpose}.txt").read_text(), re.M)
    named = {one["name"]: one for one in content["components"] if one["purl"].startswith("pkg:pypi/")}
    assert named.keys() <= {name for name, _, _ in pins}
    assert {name for name, _, rest in pins if ";" not in rest} <= named.keys()
    assert all(component["hashes"] for component in named.values())
    of_pages = {one["name"] for one in content["components"] if one["purl"].startswith("pkg:npm/")}
    assert of_pages == set(json.loads((ROOT / "package.json").read_text())["dependencies"])
    assert "://" not in json.dumps(content)


def test_it_names_each_gdal_as_the_libraries_tell_their_own(bill: tuple[str, dict[str, Any]]) -> None:
    inside = {
        component["name"]: {one["name"]: one["version"] for one in component["components"]}
        for component in bill[1]["components"]
        if "components" in component
    }
    told = {
        "rasterio": {
            "gdal": rasterio.__gdal_version__, "geos": rasterio.__geos_version__, "proj": rasterio.__proj_version__,
        },
        "pyogrio": {"gdal": ".".join(map(str, pyogrio.__gdal_version__))},
        "pyproj": {"proj": pyproj.proj_version_str},
        "shapely": {"geos": shapely.geos_version_string},
    }  # fmt: skip
    # A package that was built for the system's libraries brings none.
    assert inside.keys() <= told.keys()
    assert inside == {package: told[package] for package in inside}


def test_the_same_locks_and_packages_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.json", "b/b.json"):
        main("run", str(tmp_path / name))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b/b.json").read_bytes()
