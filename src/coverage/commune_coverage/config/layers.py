"""The layers of a country: which files, how they are written, where they came from.

An installed package adds layers by the entry-point group ``commune_coverage.layers``: docs/howto/add_a_layer.md.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Field, PrivateAttr, create_model, field_validator, model_validator

from commune_coverage.config.thresholds import Strict
from commune_coverage.config.travel import Tier
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.plug_ins import LAYERS, plug_ins_of

Text = Annotated[str, Field(min_length=1, max_length=500)]
Share = Annotated[float, Field(ge=0, le=1)]
COVERAGE_RASTERS = (".tif", ".tiff", ".vrt", ".img", ".asc")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".gz")


class Synthetic(Strict):
    """The layer is not observed: ``commune-coverage synthesize`` writes it from the real layers."""

    seed: int = 0
    note: str = ""


@dataclass(frozen=True)
class NumberFormat:
    """How a file writes numbers: its decimal and its thousands mark, None where the values are to tell.

    ``footnotes`` are further marks that may stand behind a number. In a ``typed`` file, a sheet or a layer of features,
    numbers that are no text have a decimal point whatever the texts have. ``beside`` is the decimal mark of the file's
    other columns, for one that can be read in two ways.
    """

    decimal: str | None = None
    thousands: str | None = None
    footnotes: tuple[str, ...] = ()
    typed: bool = False
    beside: str | None = None


class ColumnRef(Strict):
    """A column of a file, and the unit of its values where it is not that of the declared column."""

    column: Text
    unit: Text | None = None


class FileRef(Strict):
    """A table or layer inside a file, how it is written, and what its columns are called.

    ``where`` names the values that a column of the file must have for a row to be taken. ``units`` are the units of
    columns whose values are not in the declared one; ``columns = { eirp_dbm = { column = "Power", unit = "W" } }``
    states both at once. ``hemispheres`` says what letters of directions mean, such as ``{ O = "W" }``. ``code_year``
    is the year whose commune codes it uses.
    """

    path: Path
    layer: str | None = None
    format: str | None = None
    crs: str | None = None
    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    footnotes: list[Text] = Field(default_factory=list)
    header: bool | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    units: dict[str, Text] = Field(default_factory=dict)
    hemispheres: dict[str, Literal["N", "S", "E", "W"]] = Field(default_factory=dict)
    where: dict[str, Annotated[list[str | int | float | bool], Field(min_length=1)]] = Field(default_factory=dict)
    code_year: int | None = Field(None, ge=1900, le=2100)
    _vocabulary: dict[str, list[str]] = PrivateAttr(default_factory=dict)

    @property
    def vocabulary(self) -> dict[str, list[str]]:
        """Names that the country's files give the declared columns, for what is suggested, by ``[vocabulary]``."""
        return self._vocabulary

    def know(self, vocabulary: dict[str, list[str]]) -> None:
        """Take the country's vocabulary, for the file and those that it names."""
        for ref in (self, *self.within):
            ref.vocabulary.update(vocabulary)

    @property
    def within(self) -> list[FileRef]:
        """The files that it names, and those that they name."""
        values = [getattr(self, name) for name in type(self).model_fields]
        inner = [one for value in values for one in (value if isinstance(value, list) else [value])]
        return [file for one in inner if isinstance(one, FileRef) for file in (one, *one.within)]

    @model_validator(mode="before")
    @classmethod
    def _units_of_columns(cls, values: Any) -> Any:
        """Take the units out of ``columns``."""
        columns = values.get("columns") if isinstance(values, dict) else None
        if not isinstance(columns, dict):
            return values
        stated = {name: ColumnRef(**one) for name, one in columns.items() if isinstance(one, dict)}
        units = {name: one.unit for name, one in stated.items() if one.unit is not None}
        names = {name: one.column for name, one in stated.items()}
        return {**values, "columns": {**columns, **names}, "units": {**values.get("units", {}), **units}}

    @field_validator("where", mode="before")
    @classmethod
    def _lists(cls, values: Any) -> Any:
        """A single value may stand without brackets."""
        if not isinstance(values, dict):
            return values
        return {name: value if isinstance(value, list) else [value] for name, value in values.items()}

    @property
    def number_format(self) -> NumberFormat:
        """What the country file says of the file's numbers."""
        typed = self.path.suffix.lower() not in TEXT_SUFFIXES
        return NumberFormat(self.decimal, self.thousands, tuple(self.footnotes), typed)

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same mark")
        return self


class SourceRef(Strict):
    """A public source by its id in the catalogue, with values for its address such as ``year``."""

    id: Text
    values: dict[str, str] = Field(default_factory=dict)


Confidentiality = Literal["public", "aggregated", "internal"]


class Layer(FileRef):
    """A file with its origin: what every output and map says of where the data came from.

    ``source`` is where ``commune-coverage fetch`` gets the file from. ``confidentiality`` says what of the layer the
    public edition shows: rows and figures; figures with at least ``min_count`` records or people behind each; or
    nothing of it. It holds for all files of a layer and is stated where the layer begins.
    """

    title: str = ""
    publisher: str = ""
    licence: str = ""
    attribution: str = ""
    version: str = ""
    synthetic: Synthetic | bool = False
    source: SourceRef | None = None
    confidentiality: Confidentiality = "public"
    min_count: int | None = Field(None, ge=2, le=1_000_000)

    @property
    def further_files(self) -> list[Layer]:
        """The files of the layer after the first, each with an origin of its own."""
        return list(getattr(self, "also", []))

    @model_validator(mode="after")
    def _least_count_of_what_is_aggregated(self) -> Self:
        if (self.confidentiality == "aggregated") != (self.min_count is not None):
            raise ValueError('confidentiality = "aggregated" and min_count, how many at least, are stated together')
        return self


class RasterFile(Layer):
    """``band`` is the band that holds the values; ``nodata`` says which values stand for none, 'none' that none does.

    What the file itself declares as nodata is none in any case.
    """

    band: int | None = Field(None, ge=1)
    nodata: float | Literal["none"] | list[float] | None = None


class RasterLayer(RasterFile):
    """``also`` names further tiles of the same raster."""

    also: list[RasterFile] = Field(default_factory=list)


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
    """``complete`` says that a place without cells truly has none (a register, not a crowd's file).

    ``planned`` cells do not stand yet: they are the same as no other file's. ``technologies`` and ``operators`` map
    words of the file; spellings of one operator that differ in case, blanks, punctuation or accents are one anyway.
    """

    format: Literal["opencellid", "register"] | None = None
    complete: bool | None = None
    planned: bool = False
    technologies: dict[str, Literal["2g", "3g", "4g", "5g"]] = Field(default_factory=dict)
    operators: dict[str, Text] = Field(default_factory=dict)


class TowersLayer(TowersFile):
    """``also`` names further files, of which duplicates are one, that with the better evidence.

    Cells of one operator within ``site_radius_m`` are one site. Measurements of cells that nobody has seen for
    ``stale_after_days`` no longer count as evidence. ``patterns`` are the pattern files that registers name: a cell's
    text is looked up among their file names and opens nothing else.
    """

    also: list[TowersFile] = Field(default_factory=list)
    patterns: list[FileRef] = Field(default_factory=list)
    site_radius_m: float = Field(100.0, gt=0, le=5000)
    stale_after_days: int = Field(1825, ge=1)

    @model_validator(mode="after")
    def _patterns_of_different_names(self) -> Self:
        names = [pattern.path.name.lower() for pattern in self.patterns]
        if len(set(names)) < len(names):
            raise ValueError("patterns names two files of one name, which registers could not tell apart")
        return self


class LandFile(RasterLayer):
    """Where land is: polygons, or a band on the grid of the people that holds ``unit`` of land in each cell."""

    unit: Literal["km2", "share"] = "share"


class SpreadFile(RasterLayer):
    """Where people of whole areas live: a raster of weights, or buildings with a ``weight`` where they have one.

    ``classes`` are the weights of a raster whose values are classes, such as ``{ 30 = 10, 21 = 3 }``; others weigh 0.
    A raster that shows where settlements are and not how dense they are makes towns too thin: with
    ``settlement_exponent`` people grow with that power of a settlement's area. 1, the default, is as dense everywhere.
    """

    classes: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    settlement_exponent: float = Field(1.0, ge=1, le=2)

    @field_validator("classes")
    @classmethod
    def _numbers(cls, classes: dict[str, float]) -> dict[str, float]:
        for value in classes:
            try:
                float(value)
            except ValueError as error:
                raise ValueError(f"'{value}' is no value of a raster") from error
        return classes

    @model_validator(mode="after")
    def _settlements_of_a_raster(self) -> Self:
        if self.settlement_exponent > 1 and self.path.suffix.lower() not in COVERAGE_RASTERS:
            raise ValueError("settlement_exponent is of the settlements of a raster")
        return self


class PeopleLayer(RasterLayer):
    """``table`` holds numbers by commune code that are spread over points without numbers.

    ``spread_over`` says where the people of a table's communes or of polygons live; without it they are spread evenly.

    ``land`` says where land is: a raster's cell that a coast or a shore cuts has all its people on its land. Without it
    such a cell is one beyond which nobody lives.
    """

    format: Literal["raster", "points", "polygons", "table"] | None = None
    table: FileRef | None = None
    land: LandFile | None = None
    spread_over: SpreadFile | None = None
    code_width: int | None = Field(None, ge=1, le=20)
    place_code_width: int | None = Field(None, ge=1, le=30)
    implausible_people: float = Field(1e7, gt=0)
    spread_grid_m: float = Field(1000.0, ge=50)
    density_people_per_km2: bool = False


def _first_of_list(values: Any, rest: str = "also") -> Any:
    """A list of files is the first with the others under the key ``rest``."""
    if not isinstance(values, list):
        return values
    if not values or not isinstance(values[0], dict):
        raise ValueError("name at least one file")
    return {**values[0], rest: [*values[0].get(rest, []), *values[1:]]}


class PeopleGroupFile(PeopleLayer):
    """People of one ``group``, such as women or adults (15 and older), in any form that people come in."""

    group: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]


class PeopleGroupsLayer(PeopleGroupFile):
    """People of groups, one ``[[layers.people_groups]]`` for each; ``others`` holds those after the first."""

    others: list[PeopleGroupFile] = Field(default_factory=list)

    @property
    def files(self) -> list[PeopleGroupFile]:
        """The file of each group, the first without the others."""
        return [self.model_copy(update={"others": []}), *self.others]

    @property
    def further_files(self) -> list[Layer]:
        """Tiles of the first group's raster, and the files of the other groups."""
        return [*self.also, *self.others]

    _list = model_validator(mode="before")(partial(_first_of_list, rest="others"))

    @model_validator(mode="after")
    def _groups_differ(self) -> Self:
        names = [file.group for file in self.files]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"group '{twice[0]}' is named by two files")
        return self


class PointsFile(Layer):
    """``classes`` maps values of the class column, or OSM tags such as 'amenity=bank', to kinds.

    ``tiers`` says what a class of hub does, where the shipped list does not know its name; the default is a branch.
    ``confidence`` is the chance that a point of the file is really there, for rows that do not state their own.
    """

    format: Literal["table", "vector", "osm-sqlite", "osm-pbf", "overpass", "overture"] | None = None
    classes: dict[str, str] = Field(default_factory=dict)
    default_class: str | None = None
    tiers: dict[str, Tier] = Field(default_factory=dict)
    confidence: Share | None = None


class PointsLayer(PointsFile):
    """``also`` names further files; points of one kind from two files within ``same_within_m`` are one.

    Points that are less sure than ``min_confidence``, all files taken together, are not used.
    """

    also: list[PointsFile] = Field(default_factory=list)
    same_within_m: float = Field(100.0, gt=0, le=5000)
    min_confidence: Share = 0.0


class SpeedTestsFile(Layer):
    """Measured speeds: Ookla's tiles, or a drive test with one row a measurement.

    ``network``, ``kind`` and ``environment`` say what was measured, how and where, where the file does not. Without an
    environment a test is not held against what operators declare.
    """

    format: Literal["ookla", "drive"] | None = None
    network: Literal["mobile", "fixed"] = "mobile"
    kind: Literal["drive", "walk", "crowd"] | None = None
    environment: Literal["outdoor", "in_vehicle", "indoor"] | None = None


class SpeedTestsLayer(SpeedTestsFile):
    """Communes with fewer than ``min_tests`` tests are given no measured figure."""

    also: list[SpeedTestsFile] = Field(default_factory=list)
    min_tests: int = Field(30, ge=1)


class FibreFile(Layer):
    """Fibre nodes and spans: the Open Fibre Data Standard, a file of points and lines, or a table of nodes."""

    format: Literal["ofds", "vector", "table"] | None = None


class FibreLayer(FibreFile):
    """``also`` names further files."""

    also: list[FibreFile] = Field(default_factory=list)


class SubscriptionsLayer(Layer):
    """People who use the mobile internet, by code of commune, district or province."""


class VehiclesLayer(Layer):
    """Shares of people by what they travel with, by code of commune, district or province."""


class GtfsLayer(Layer):
    """Timetables of buses: a zip archive of the General Transit Feed Specification.

    Rides and waits are those of the ``within_min`` minutes from ``at``, on the day of that name when most trips run.
    """

    at: str = Field("We 08:00", pattern=r"^(Mo|Tu|We|Th|Fr|Sa|Su) ([01]\d|2[0-3]):[0-5]\d$")
    within_min: int = Field(60, ge=10, le=1440)


class KnownCoverageFile(Layer):
    """Shares of people that an operator and technology are known to cover, as somebody else published them.

    ``use`` and ``tolerance_share`` hold for rows that do not state their own. Figures to ``calibrate`` with set the
    level of the radio model and are no validation of it; figures to ``compare`` never move an estimate.
    ``min_level_dbm`` is the level from which the country counts a place as covered; without it a place is covered by
    the rule of the link budgets.
    """

    use: Literal["compare", "calibrate", "weigh"] = "compare"
    tolerance_share: float = Field(0.02, ge=0, le=0.5)
    min_level_dbm: float | None = Field(None, ge=-160, le=-10)


class KnownCoverageLayer(KnownCoverageFile):
    """``also`` names further files, such as one by district. No level is shifted by more than ``max_offset_db``."""

    also: list[KnownCoverageFile] = Field(default_factory=list)
    max_offset_db: float = Field(40.0, gt=0, le=80)


class BenchmarksFile(Layer):
    """Figures of the nation that others have published: a table, or an answer of the United Nations' SDG database.

    The answer is JSON (``un-sdg``; without ``format`` what is called ``*.json`` is one). ``tolerance`` holds for rows
    that do not state their own, in the unit of the figure, shares from 0 to 1.
    """

    format: Literal["table", "un-sdg"] | None = None
    tolerance: float = Field(0.02, ge=0)


class BenchmarksLayer(BenchmarksFile):
    """``also`` names further files, such as one for each indicator."""

    also: list[BenchmarksFile] = Field(default_factory=list)


class SpectrumFile(Layer):
    """Spectrum that operators hold: operator, band, width, and where and when it is held."""


class SpectrumLayer(SpectrumFile):
    """``also`` names further files, such as one for each band or auction."""

    also: list[SpectrumFile] = Field(default_factory=list)


Technology = Literal["2g", "3g", "4g", "5g"]
Environment = Literal["outdoor", "in_vehicle", "indoor"]


class CoverageFlag(Strict):
    """What a column of 0 and 1 in a table of places states: who covers them, with what, at which speed and where."""

    operator: Text
    technology: Technology
    speed_mbps: float | None = Field(None, gt=0, le=100_000)
    environment: Environment = "outdoor"


class CoverageFile(RasterFile):
    """Coverage that an operator declares: polygons, a raster, or a table of places with people.

    ``operator``, ``technology``, ``speed_mbps`` (none: a signal of any speed), ``environment`` and ``date`` hold for
    the features that do not state their own; a raster has no other. A cell of a raster is covered where its value is
    one of ``values``, or is ``min_value`` or more. ``flags`` says what each column of a table of places states.
    """

    format: Literal["vector", "raster", "places"] | None = None
    operator: Text | None = None
    technology: Technology | None = None
    speed_mbps: float | None = Field(None, gt=0, le=100_000)
    environment: Environment = "outdoor"
    date: datetime.date | None = None
    values: list[float] = Field(default_factory=list)
    min_value: float | None = None
    flags: dict[str, CoverageFlag] = Field(default_factory=dict)

    @property
    def kind(self) -> str:
        """'vector', 'raster' or 'places', as stated or else by what the file is called and has."""
        if self.format is not None:
            return self.format
        if self.flags:
            return "places"
        return "raster" if self.path.suffix.lower() in COVERAGE_RASTERS else "vector"

    @model_validator(mode="after")
    def _says_what_is_covered(self) -> Self:
        if self.kind == "places" and not self.flags:
            raise ValueError("flags is missing: which column says that who covers a place with what?")
        if self.kind == "raster" and (self.operator is None or self.technology is None):
            raise ValueError("a raster states neither operator nor technology: set both")
        if self.kind == "raster" and not self.values and self.min_value is None:
            raise ValueError("set values or min_value: which cells of the raster are covered?")
        return self


class CoverageLayer(CoverageFile):
    """Declared coverage, one ``[[layers.coverage]]`` for each file; ``also`` holds those after the first."""

    also: list[CoverageFile] = Field(default_factory=list)

    @property
    def files(self) -> list[CoverageFile]:
        """Every file, the first without the others."""
        return [self.model_copy(update={"also": []}), *self.also]

    _list = model_validator(mode="before")(_first_of_list)

    @model_validator(mode="after")
    def _one_table_of_places(self) -> Self:
        if sum(file.kind == "places" for file in self.files) > 1:
            raise ValueError("two tables of places: whether their places are the same is not known; join them in one")
        return self


FIXED_TABLES = (*TEXT_SUFFIXES, ".xlsx", ".xlsm")
_POSITIONS = {"lon", "lat", "position", "easting", "northing"}


class FixedFile(Layer):
    """Fixed lines: polygons, points of addresses or buildings, or a table of shares by area.

    ``operator``, ``technology`` and ``speed_mbps`` hold for rows that do not state their own. An address belongs to
    the nearest populated place within ``within_m``.
    """

    format: Literal["polygons", "points", "table"] | None = None
    operator: Text | None = None
    technology: Text | None = None
    speed_mbps: float | None = Field(None, gt=0, le=100_000)
    within_m: float = Field(1000.0, gt=0, le=20_000)

    @property
    def kind(self) -> str:
        """'table', 'points' or 'polygons', as stated or by what the file is called; 'vector' where its shapes tell."""
        if self.format is not None:
            return self.format
        if self.path.suffix.lower() not in FIXED_TABLES:
            return "vector"
        return "points" if _POSITIONS & set(self.columns) else "table"


class FixedLayer(FixedFile):
    """Fixed lines, one ``[[layers.fixed]]`` for each file; ``also`` holds those after the first."""

    also: list[FixedFile] = Field(default_factory=list)

    @property
    def files(self) -> list[FixedFile]:
        """Every file, the first without the others."""
        return [self.model_copy(update={"also": []}), *self.also]

    @property
    def has_shares(self) -> bool:
        """Whether a file states shares of whole areas, so that who has both a fixed line and a mobile one is open."""
        return any(file.kind == "table" for file in self.files)

    _list = model_validator(mode="before")(_first_of_list)


class ChallengesLayer(Layer):
    """Figures that somebody says are wrong, by commune, with what was decided; accepted ones take their place."""


class ExtentLayer(RasterLayer):
    """Where water is: polygons, or a raster whose cells above ``above`` are under it."""

    format: Literal["vector", "raster"] | None = None
    above: float = 0.0


class FrictionLayer(RasterLayer):
    """Minutes a metre for each cell, as the Malaria Atlas Project publishes them; ``wet`` is the wet season's."""

    wet: RasterLayer | None = None


class BordersLayer(Layer):
    """Lines of the country's border; a part belongs to the nearest commune within ``within_m``.

    Outlines of communes and lines of a border come from different surveys, and rarely lie on each other.
    """

    within_m: float = Field(1000.0, gt=0, le=5000)


class Layers(Strict):
    """The section ``[layers]`` of a country file: only the communes are required."""

    communes: CommunesLayer
    towers: TowersLayer | None = None
    people: PeopleLayer | None = None
    people_groups: PeopleGroupsLayer | None = None
    hubs: PointsLayer | None = None
    payments: PointsLayer | None = None
    institutions: PointsLayer | None = None
    railways: Layer | None = None
    borders: BordersLayer | None = None
    roads: Layer | None = None
    elevation: RasterLayer | None = None
    water: ExtentLayer | None = None
    flood: ExtentLayer | None = None
    friction: FrictionLayer | None = None
    speed_tests: SpeedTestsLayer | None = None
    fibre: FibreLayer | None = None
    subscriptions: SubscriptionsLayer | None = None
    vehicles: VehiclesLayer | None = None
    gtfs: GtfsLayer | None = None
    known_coverage: KnownCoverageLayer | None = None
    benchmarks: BenchmarksLayer | None = None
    spectrum: SpectrumLayer | None = None
    coverage: CoverageLayer | None = None
    fixed: FixedLayer | None = None
    challenges: ChallengesLayer | None = None


_LAYER_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class LayerPlugin(Protocol):
    """What the country file needs to know of a layer that an installed package adds: a ``LayerSpec`` has it."""

    @property
    def name(self) -> str:
        """The key under ``[layers]``."""

    @property
    def title(self) -> str:
        """What the pages call it, in English."""

    @property
    def settings(self) -> type[Layer]:
        """The model that validates its section."""


@cache
def plugin_layers() -> dict[str, Any]:
    """The layers that installed packages add.

    Returns
    -------
    dict of str to LayerPlugin
        By name, in the order of the names. Read once a process.

    Raises
    ------
    CountryFileError
        When a package cannot be imported, or names a layer as no layer can be named or as another one is.
    """
    plugins: dict[str, Any] = {}
    for point in plug_ins_of(LAYERS):
        spec = _load(point)
        if not _LAYER_NAME.fullmatch(spec.name) or spec.name in Layers.model_fields or spec.name in plugins:
            raise CountryFileError(f"the installed package '{point.value}' adds a layer '{spec.name}', a name not free")
        plugins[spec.name] = spec
    return plugins


def _load(point: EntryPoint) -> LayerPlugin:
    try:
        spec: LayerPlugin = point.load()
    except (ImportError, AttributeError) as error:
        raise CountryFileError(f"the layer '{point.name}' of '{point.value}' cannot be imported: {error}") from error
    has_settings = isinstance(getattr(spec, "settings", None), type) and issubclass(spec.settings, Layer)
    if not (has_settings and callable(getattr(spec, "reader", None))):
        raise CountryFileError(f"the entry point '{point.name}' of '{point.value}' is no LayerSpec")
    return spec


@cache
def layers_model() -> type[Layers]:
    """``Layers`` with a field for each layer that an installed package adds; ``Layers`` itself where none does."""
    added: dict[str, Any] = {name: (spec.settings | None, None) for name, spec in plugin_layers().items()}
    return create_model("Layers", __base__=Layers, **added) if added else Layers
