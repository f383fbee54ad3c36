"""What a server is made of, as a CycloneDX document of version 1.6: python tools/sbom.py [run | cluster] [FILE].

The packages of the lock that this machine installs, with the GDAL, PROJ and GEOS that came inside them, and those that
pages load. The same locks and packages give the same bytes. https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import base64
import json
import re
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from commune_coverage import __version__
from commune_coverage.core.versions import bundled_libraries

ROOT = Path(__file__).resolve().parent.parent
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "commune-coverage/sbom")
_LONGEST_NAME_OF_A_LICENCE = 60


def document(purpose: str) -> dict[str, Any]:
    """The bill of materials of a purpose: 'run' or 'cluster'."""
    components = [*_python_packages(purpose), *_page_packages()]
    content = {"metadata": {"component": _own()}, "components": components}
    serial = uuid.uuid5(_NAMESPACE, json.dumps(content, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1}
    return head | content


def _own() -> dict[str, Any]:
    purl = f"pkg:pypi/commune-coverage@{__version__}"
    return {
        "type": "application",
        "bom-ref": purl,
        "name": "commune-coverage",
        "version": __version__,
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": purl,
    }


def _python_packages(purpose: str) -> Iterator[dict[str, Any]]:
    """Packages of the lock, with the hashes of all files of their version that the lock allows."""
    inside = bundled_libraries()
    for pin in re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{purpose}.txt").read_text()):
        requirement = Requirement(pin.partition("\\")[0].strip())
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        name, version = canonicalize_name(requirement.name), str(requirement.specifier).removeprefix("==")
        component = _component("pypi", name, version, re.findall(r"--hash=sha256:([0-9a-f]{64})", pin), "SHA-256")
        component |= _licences(_installed(name, version))
        if inside.get(name):
            component["components"] = [_inner(component["bom-ref"], *each) for each in sorted(inside[name].items())]
        yield component


def _page_packages() -> Iterator[dict[str, Any]]:
    """What pages load, of the npm lock."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for place, package in packages.items():
        if place and not package.get("dev"):
            algorithm, _, digest = package["integrity"].partition("-")
            hashes = [base64.b64decode(digest).hex()]
            name = place.removeprefix("node_modules/")
            component = _component("npm", name, package["version"], hashes, f"SHA-{algorithm.removeprefix('sha')}")
            yield component | ({"licenses": [{"expression": package["license"]}]} if "license" in package else {})


def _component(kind: str, name: str, version: str, hashes: list[str], algorithm: str) -> dict[str, Any]:
    purl = f"pkg:{kind}/{quote(name, safe='/')}@{quote(version)}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "hashes": [{"alg": algorithm, "content": content} for content in hashes],
        "purl": purl,
    }


def _inner(outer: str, name: str, version: str) -> dict[str, Any]:
    purl = f"pkg:generic/{name.lower()}@{version}"
    return {"type": "library", "bom-ref": f"{outer}#{name}", "name": name, "version": version, "purl": purl}


def _installed(name: str, version: str) -> Distribution | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return found if found.version == version else None


def _licences(package: Distribution | None) -> dict[str, Any]:
    """What a package's metadata say of its licence; nothing where they, or the package, are not here."""
    if package is None:
        return {}
    stated = package.metadata
    if expression := stated.get("License-Expression"):
        return {"licenses": [{"expression": expression}]}
    lines = stated.get_all("Classifier", [])
    named = [line.rpartition(" :: ")[2] for line in lines if line.startswith("License")] or [stated.get("License", "")]
    known = [name for name in named if 0 < len(name) <= _LONGEST_NAME_OF_A_LICENCE and name.isprintable()]
    return {"licenses": [{"license": {"name": name}} for name in known]} if known else {}


def main(purpose: str = "run", target: str = "") -> None:
    """Write the document into a file, or print it."""
    text = json.dumps(document(purpose), indent=1, ensure_ascii=False) + "\n"
    if target:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
