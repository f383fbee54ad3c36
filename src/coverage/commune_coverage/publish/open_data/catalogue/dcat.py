"""A release as DCAT-AP in JSON-LD, as portals of governments harvest it.

Source: DCAT-AP 3.0, https://semiceu.github.io/DCAT-AP; checksums by SPDX.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from commune_coverage.core.files import write_json
from commune_coverage.publish.open_data.catalogue.assets import Asset
from commune_coverage.publish.open_data.catalogue.release import Release

Record = dict[str, Any]
DCAT = "dcat.jsonld"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_SPDX_LICENCES = "https://spdx.org/licenses/"
_WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


def write_dcat(release: Release, folder: Path) -> None:
    """Write ``dcat.jsonld``: the data set with its distributions, in a catalogue where a publisher is stated.

    Parameters
    ----------
    release : Release
        What is described. Without an address of releases the distributions' are relative to the file.
    folder : Path
        The release's folder.
    """
    graph = [_data_set(release), *(_distribution(release, asset) for asset in release.assets), *_catalogue(release)]
    write_json(folder / DCAT, {"@context": _CONTEXT, "@graph": graph})


def licence_address(licence: str, address: str) -> str:
    """Where a licence can be read: as stated, else at SPDX; '' where none is stated."""
    return address or (f"{_SPDX_LICENCES}{licence}.html" if licence else "")


def _text(text: str) -> Record:
    return {"@value": text, "@language": "en"}


def _iri(address: str, kind: str = "") -> Record:
    return {"@id": address, "@type": kind} if kind else {"@id": address}


def _data_set(release: Release) -> Record:
    publication = release.publication
    return {
        "@id": _data_set_id(release),
        "@type": "dcat:Dataset",
        "dct:title": _text(publication.title),
        "dct:description": _text(publication.description),
        "dct:identifier": release.run_id,
        "dct:issued": {"@value": release.run_date, "@type": "xsd:date"},
        "dct:spatial": {
            "@type": "dct:Location",
            "dcat:bbox": {"@value": shapely.to_wkt(release.outline), "@type": _WKT},
        },
        "dct:provenance": [_statement(source.sentence) for source in publication.sources],
        "dcat:distribution": [_iri(_place(release, asset)) for asset in release.assets],
        **({"dct:publisher": _iri("#publisher")} if publication.publisher else {}),
    }


def _data_set_id(release: Release) -> str:
    return release.at or f"urn:commune-coverage:{release.run_id}"


def _statement(sentence: str) -> Record:
    return {"@type": "dct:ProvenanceStatement", "dct:description": _text(sentence)}


def _place(release: Release, asset: Asset) -> str:
    return f"{release.at}{asset.name}"


def _distribution(release: Release, asset: Asset) -> Record:
    publication = release.publication
    licence = licence_address(publication.licence, publication.licence_address)
    return {
        "@id": _place(release, asset),
        "@type": "dcat:Distribution",
        "dct:title": _text(asset.title),
        "dcat:accessURL": _iri(_place(release, asset)),
        "dcat:downloadURL": _iri(_place(release, asset)),
        "dcat:mediaType": _iri(f"{_MEDIA_TYPES}{asset.media_type.partition(';')[0]}", "dct:MediaType"),
        "dcat:byteSize": {"@value": str(asset.bytes), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _iri("spdx:checksumAlgorithm_sha256", "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": {"@value": asset.sha256, "@type": "xsd:hexBinary"},
        },
        **({"dct:license": _iri(licence, "dct:LicenseDocument")} if licence else {}),
    }


def _catalogue(release: Release) -> list[Record]:
    """A catalogue must have a publisher: there is none where nobody is stated."""
    publication = release.publication
    if not publication.publisher:
        return []
    agent = {"@id": "#publisher", "@type": "foaf:Agent", "foaf:name": _text(publication.publisher)}
    return [
        {
            "@id": "#catalogue",
            "@type": "dcat:Catalog",
            "dct:title": _text(publication.title),
            "dct:description": _text(publication.description),
            "dct:publisher": _iri("#publisher"),
            "dcat:dataset": [_iri(_data_set_id(release))],
        },
        agent,
    ]
