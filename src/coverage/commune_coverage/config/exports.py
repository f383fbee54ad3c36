"""What users take away besides Parquet and CSV, and what is said of it: licence, publisher, address."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from commune_coverage.config.thresholds import Strict

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?")
_SPDX = re.compile(r"[A-Za-z0-9.+-]+")


class Exports(Strict):
    """Each format is written unless it is switched off; a licence and a publisher are said only where they are stated.

    ``geopackage`` is all layers with their styles, and a QGIS project of them; ``points`` GeoParquet of all tables of
    points; ``rasters`` are on the grid of the people raster, ``hexagons`` cells of H3 of ``hexagon_resolution``;
    ``release_catalogue`` is STAC, DCAT-AP, and what pages say of the data set in their heads.

    ``licence`` is an identifier of SPDX or of Open Definition, such as ``CC-BY-4.0``, and ``licence_address`` where it
    can be read. ``address`` is where releases are served, each in a folder of its run's name: catalogues then lead
    there.
    """

    data_package: bool = True
    workbook: bool = True
    geopackage: bool = True
    points: bool = True
    hxl: bool = True
    rasters: bool = True
    hexagons: bool = True
    hexagon_resolution: int = Field(7, ge=3, le=10)
    release_catalogue: bool = True
    licence: str = Field("", max_length=100)
    licence_address: str = Field("", max_length=300)
    publisher: str = Field("", max_length=200)
    address: str = Field("", max_length=300)

    @field_validator("licence")
    @classmethod
    def _identifier(cls, licence: str) -> str:
        if licence and not _SPDX.fullmatch(licence):
            raise ValueError(f"'{licence}' is no identifier of a licence such as 'CC-BY-4.0' (spdx.org/licenses)")
        return licence

    @field_validator("licence_address", "address")
    @classmethod
    def _address(cls, address: str) -> str:
        if address and not _ADDRESS.fullmatch(address):
            raise ValueError(f"'{address}' is no address such as 'https://data.example.org/path'")
        return address

    @model_validator(mode="after")
    def _address_of_a_licence(self) -> Self:
        if self.licence_address and not self.licence:
            raise ValueError("licence_address without licence: which licence can be read there?")
        return self
