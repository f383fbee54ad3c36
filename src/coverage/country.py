"""A country is a file: the declaration of COUNTRY.toml, frozen, with unknown keys forbidden."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from coverage.assumptions import Evidence, Guard, Reach, Signal, Strict, Thresholds

Text = Annotated[str, Field(min_length=1, max_length=500)]
Share = Annotated[float, Field(ge=0, le=1)]


class Synthetic(Strict):
    """The layer is not observed: ``commune-coverage synthesize`` writes it from the real layers."""

    seed: int = 0
    note: str = ""


class FileRef(Strict):
    """A table or layer inside a file, how it is written, and what its columns are called.

    ``code_year`` is the year whose commune codes it uses.
    """

    path: Path
    layer: str | None = None
    format: str | None = None
    crs: str | None = None
    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    header: bool | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    code_year: int | None = Field(None, ge=1900, le=2100)


class SourceRef(Strict):
    """A public source by its id in the catalogue, with values for its address such as ``year``."""

    id: Text
    values: dict[str, str] = Field(default_factory=dict)


class Layer(FileRef):
    """A file with its origin: what every output and map says of where the data came from.

    ``source`` is where ``commune-coverage fetch`` gets the file from.
    """

    title: str = ""
    publisher: str = ""
    licence: str = ""
    attribution: str = ""
    version: str = ""
    synthetic: Synthetic | bool = False
    source: SourceRef | None = None


class CommunesLayer(Layer):
    """``codes`` gives codes by largest overlap where the boundary file has none.

    ``code_changes`` says which codes were split, merged or renamed, when, and with what share of the people.
    """

    codes: FileRef | None = None
    code_changes: FileRef | None = None
    gazetteer: list[FileRef] = Field(default_factory=list)
    code_width: int | None = Field(None, ge=1, le=20)
    district_digits: int | None = Field(None, ge=1, le=20)
    province_digits: int | None = Field(None, ge=1, le=20)
    sliver_width_m: float = Field(200.0, ge=0)


class TowersFile(Layer):
    """``complete`` says that a place without cells truly has none (a register, not a crowd's file)."""

    format: Literal["opencellid", "register"] | None = None
    complete: bool | None = None
    technologies: dict[str, Literal["2g", "3g", "4g", "5g"]] = Field(default_factory=dict)


class TowersLayer(TowersFile):
    """``also`` names further files, of which duplicates are united with the better evidence kept.

    Cells of one operator within ``site_radius_m`` are one site. Measurements of cells that nobody has seen for
    ``stale_after_days`` no longer count as evidence.
    """

    also: list[TowersFile] = Field(default_factory=list)
    site_radius_m: float = Field(100.0, gt=0, le=5000)
    stale_after_days: int = Field(1825, ge=1)


class PeopleLayer(Layer):
    """``table`` holds numbers by commune code that are spread over points without numbers."""

    format: Literal["raster", "points", "polygons", "table"] | None = None
    table: FileRef | None = None
    code_width: int | None = Field(None, ge=1, le=20)
    place_code_width: int | None = Field(None, ge=1, le=30)
    implausible_people: float = Field(1e7, gt=0)
    spread_grid_m: float = Field(1000.0, ge=50)
    density_people_per_km2: bool = False


class PointsFile(Layer):
    """``classes`` maps values of the class column, or OSM tags such as 'amenity=bank', to kinds.

    ``confidence`` is the chance that a point of the file is really there, for rows that do not state their own.
    """

    format: Literal["table", "vector", "osm-sqlite", "osm-pbf", "overpass", "overture"] | None = None
    classes: dict[str, str] = Field(default_factory=dict)
    default_class: str | None = None
    confidence: Share | None = None


class PointsLayer(PointsFile):
    """``also`` names further files; points of one kind from two files within ``same_within_m`` are one.

    Points that are less sure than ``min_confidence``, all files taken together, are not used.
    """

    also: list[PointsFile] = Field(default_factory=list)
    same_within_m: float = Field(100.0, gt=0, le=5000)
    min_confidence: Share = 0.0


class Layers(Strict):
    communes: CommunesLayer
    towers: TowersLayer | None = None
    people: PeopleLayer | None = None
    hubs: PointsLayer | None = None
    payments: PointsLayer | None = None
    roads: Layer | None = None
    elevation: Layer | None = None


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
    signal: Signal = Signal()
    reach: Reach = Reach()
    evidence: Evidence = Evidence()
    guard: Guard = Guard()
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
