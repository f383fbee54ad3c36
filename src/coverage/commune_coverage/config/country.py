"""A country is a file: the declaration of COUNTRY.toml, frozen, with unknown keys forbidden."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from commune_coverage.config.cluster import Cluster
from commune_coverage.config.layers import Layer, Layers, Text
from commune_coverage.config.postgis import Postgis
from commune_coverage.config.quality import Alerts, Checks, History
from commune_coverage.config.site import Maps
from commune_coverage.config.thresholds import Evidence, Guard, Signal, Strict, Thresholds, Urbanisation
from commune_coverage.config.travel import Composite, ParcelCost, Parcels, Reach


class Country(Strict):
    """One country: what the whole run is parameterised by. Paths are absolute once loaded."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    name: dict[str, Text]
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(["en"], min_length=1)
    time_zone: str = "UTC"
    metric_crs: str | None = None
    status: Literal["real", "invented"] = "real"
    thresholds: Thresholds = Thresholds()
    operators: dict[Text, list[Annotated[str, Field(pattern=r"^\d{3}-\d{1,3}$")]]] = Field(default_factory=dict)
    urbanisation: Urbanisation = Urbanisation()
    signal: Signal = Signal()
    reach: Reach = Reach()
    parcels: Parcels = Parcels()
    parcel_cost: ParcelCost = ParcelCost()
    composite: Composite = Composite()
    evidence: Evidence = Evidence()
    guard: Guard = Guard()
    checks: Checks = Checks()
    history: History = History()
    alerts: Alerts = Alerts()
    cluster: Cluster = Cluster()
    postgis: Postgis = Postgis()
    maps: Maps = Maps()
    catalogue: Path | None = None
    layers: Layers

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"'{zone}' is not an IANA time zone such as 'Asia/Phnom_Penh'") from error
        return zone

    @field_validator("metric_crs")
    @classmethod
    def _projected(cls, crs: str | None) -> str | None:
        if crs is not None:
            _check_metric(crs)
        return crs

    @model_validator(mode="after")
    def _named_in_each_language(self) -> Self:
        missing = [code for code in self.languages if code not in self.name]
        if missing:
            raise ValueError(f"[name] has no entry for language {', '.join(missing)}")
        return self

    @property
    def layer_items(self) -> list[tuple[str, Layer]]:
        """The layers that the file names, in declaration order."""
        pairs = ((name, getattr(self.layers, name)) for name in Layers.model_fields)
        return [(name, layer) for name, layer in pairs if layer is not None]


def _check_metric(crs: str) -> None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        parsed = CRS.from_user_input(crs)
    except CRSError as error:
        raise ValueError(f"'{crs}' is not a coordinate reference system such as 'EPSG:32648'") from error
    if not parsed.is_projected or parsed.axis_info[0].unit_name not in ("metre", "meter"):
        raise ValueError(f"'{crs}' is not a projected system in metres")
