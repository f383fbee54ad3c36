"""A country is a file: the declaration of COUNTRY.toml, frozen, with unknown keys forbidden."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, create_model, field_validator, model_validator

from commune_coverage.config.benchmarks import Benchmark
from commune_coverage.config.cluster import Cluster
from commune_coverage.config.decisions import Decisions
from commune_coverage.config.ensemble import Ensemble
from commune_coverage.config.exports import Exports
from commune_coverage.config.layers import Layer, Layers, Text, layers_model
from commune_coverage.config.obligations import Obligation
from commune_coverage.config.official import Official
from commune_coverage.config.quality import Alerts, Checks, History, Intake
from commune_coverage.config.territory import Territory
from commune_coverage.config.thresholds import Evidence, Headline, Plausibility, Radio, Strict, Thresholds, Urbanisation
from commune_coverage.config.travel import Composite, ParcelCost, Parcels, Travel
from commune_coverage.config.verification import Verification
from commune_coverage.core.run_places import Edition

_TEMPLATE = re.compile(r"(https://[A-Za-z0-9.-]+(:\d+)?/)?[A-Za-z0-9_{][A-Za-z0-9_./{}-]*")
_PARTS = ("{z}", "{x}", "{y}")


class Maps(Strict):
    """``base_map`` is a template of pictures: 'tiles/{z}/{x}/{y}.png' beside the pages, or of a server by https.

    Without it no page asks anything of any server. ``capital`` is the code of the commune whose name stands on every
    map, ``seats`` those of seats of provinces.
    """

    base_map: str = Field("", max_length=300)
    base_map_attribution: str = Field("", max_length=300)
    base_map_zoom: int = Field(19, ge=0, le=24)
    capital: str = Field("", max_length=60)
    seats: list[Annotated[str, Field(max_length=60)]] = Field([], max_length=2000)

    @model_validator(mode="after")
    def _usable(self) -> Maps:
        if not self.base_map:
            return self
        if not _TEMPLATE.fullmatch(self.base_map) or ".." in self.base_map:
            raise ValueError(
                "base_map is a path beside the pages, or an https address, such as 'tiles/{z}/{x}/{y}.png'"
            )
        if missing := [part for part in _PARTS if part not in self.base_map]:
            raise ValueError(f"base_map lacks {', '.join(missing)}")
        if not self.base_map_attribution:
            raise ValueError("base_map_attribution is missing: whose base map is it, and under which licence?")
        return self


def origin_of(base_map: str) -> str:
    """The server that a template names, '' for one beside the pages."""
    parts = urlsplit(base_map)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme else ""


Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
POSTGIS_RECORD = "postgis.json"
"""In the data folder: what became of the last run's tables."""
_TAKEN = ("public", "information_schema")


class Postgis(Strict):
    """Where the current tables and their history are written, by command, or by every run that is shown too.

    The database's address, with its password, is the only line of ``dsn_file``, or else the value of the environment
    variable ``dsn_variable``; the country file never holds it. Where layers are confidential, ``edition`` says whether
    the database is for everybody or for those who may see them.
    """

    every_run: bool = False
    schema_name: Name = "commune_coverage"
    role_name: Name = "commune_coverage_reader"
    edition: Edition = "public"
    dsn_file: Path | None = None
    dsn_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "COMMUNE_COVERAGE_POSTGIS"

    @field_validator("schema_name", "role_name")
    @classmethod
    def _own(cls, name: str) -> str:
        if name in _TAKEN or name.startswith("pg_"):
            raise ValueError(f"'{name}' belongs to the server or to everybody; name one of its own")
        return name


class Country(Strict):
    """One country: what the whole run is parameterised by. Paths are absolute once loaded.

    ``vocabulary`` lists names that the country's files give declared columns: ``operator = ["Titulaire"]``. They are
    suggested, by ``recognise`` and by errors; ``columns`` of a layer states what is used.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    name: dict[str, Text]
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(["en"], min_length=1)
    time_zone: str = "UTC"
    metric_crs: str | None = None
    status: Literal["real", "invented"] = "real"
    thresholds: Thresholds = Thresholds()
    headline: Headline = Headline()
    operators: dict[Text, list[Annotated[str, Field(pattern=r"^\d{3}-\d{1,3}$")]]] = Field(default_factory=dict)
    urbanisation: Urbanisation = Urbanisation()
    radio: Radio = Radio()
    travel: Travel = Travel()
    parcels: Parcels = Parcels()
    parcel_cost: ParcelCost = ParcelCost()
    composite: Composite = Composite()
    official: Official = Official()
    obligations: list[Obligation] = Field(default_factory=list)
    benchmarks: list[Benchmark] = Field(default_factory=list)
    verification: Verification = Verification()
    territory: Territory | None = None
    ensemble: Ensemble = Ensemble()
    evidence: Evidence = Evidence()
    plausibility: Plausibility = Plausibility()
    intake: Intake = Intake()
    checks: Checks = Checks()
    history: History = History()
    decisions: Decisions = Decisions()
    alerts: Alerts = Alerts()
    cluster: Cluster = Cluster()
    postgis: Postgis = Postgis()
    maps: Maps = Maps()
    exports: Exports = Exports()
    catalogue: Path | None = None
    vocabulary: dict[Text, Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=dict)
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

    @model_validator(mode="after")
    def _known_to_the_layers(self) -> Self:
        for _, layer in self.layer_items:
            layer.know(self.vocabulary)
        return self

    @model_validator(mode="after")
    def _limits_of_known_layers(self) -> Self:
        known = type(self.layers).model_fields
        unknown = [name for name in self.intake.layers if name not in known]
        if unknown:
            raise ValueError(
                f"[intake.layers] names {', '.join(unknown)}, which is no layer; one of: {', '.join(known)}"
            )
        return self

    @model_validator(mode="after")
    def _confidential_as_a_whole(self) -> Self:
        if self.layers.communes.confidentiality != "public":
            raise ValueError("the communes are what figures are published of: their layer is public")
        for name, layer in self.layer_items:
            if any(isinstance(file, Layer) and file.confidentiality != "public" for file in layer.within):
                raise ValueError(f"confidentiality holds for the whole of a layer: state it where {name} begins")
        return self

    @model_validator(mode="after")
    def _obligations_of_different_ids(self) -> Self:
        ids = [one.id for one in self.obligations]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"[[obligations]] names {', '.join(twice)} twice")
        return self

    @model_validator(mode="after")
    def _headline_can_be_had(self) -> Self:
        if self.headline.source == "declared" and self.layers.coverage is None:
            raise ValueError('[headline] source = "declared" needs [[layers.coverage]]: what do operators declare?')
        if self.headline.source in ("measured", "combined") and self.layers.speed_tests is None:
            raise ValueError(f'[headline] source = "{self.headline.source}" needs [layers.speed_tests]')
        return self

    @property
    def layer_items(self) -> list[tuple[str, Layer]]:
        """The layers that the file names, in declaration order."""
        pairs = ((name, getattr(self.layers, name)) for name in type(self.layers).model_fields)
        return [(name, layer) for name, layer in pairs if layer is not None]

    @property
    def confidential_layers(self) -> dict[str, int | None]:
        """The layers that are not public: how many records at least stand behind a figure, None where none is shown."""
        return {name: layer.min_count for name, layer in self.layer_items if layer.confidentiality != "public"}


def plan_access(country: Country) -> Literal["mobile", "neither"]:
    """Tell what a plan counts: mobile networks, and fixed lines where the distance to fibre tells their speed.

    Parameters
    ----------
    country : Country
        The country file; of it the layer of fibre and the section ``radio`` are read.

    Returns
    -------
    {'mobile', 'neither'}
    """
    return "neither" if country.layers.fibre is not None and country.radio.fixed else "mobile"


def internet_access(country: Country) -> Literal["mobile", "neither", "bounds"]:
    """Tell what the internet gap counts: mobile networks alone; fixed lines of places too; or of shares of areas.

    Parameters
    ----------
    country : Country
        The country file; of it the layers of fixed lines and fibre and the section ``radio`` are read.

    Returns
    -------
    {'mobile', 'neither', 'bounds'}
    """
    if country.layers.fixed is None:
        return plan_access(country)
    return "bounds" if country.layers.fixed.has_shares else "neither"


@cache
def country_model() -> type[Country]:
    """``Country`` with the layers that installed packages add; ``Country`` itself where none does."""
    layers = layers_model()
    return Country if layers is Layers else create_model("Country", __base__=Country, layers=(layers, ...))


def _check_metric(crs: str) -> None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        parsed = CRS.from_user_input(crs)
    except CRSError as error:
        raise ValueError(f"'{crs}' is not a coordinate reference system such as 'EPSG:32648'") from error
    if not parsed.is_projected or parsed.axis_info[0].unit_name not in ("metre", "meter"):
        raise ValueError(f"'{crs}' is not a projected system in metres")
