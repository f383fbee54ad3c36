"""A scenario: the declaration of a small file that says what there is to spend, on what, and what must hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from commune_coverage.config.loader import read_declared
from commune_coverage.config.thresholds import FixedBand, Strict
from commune_coverage.core.errors import MissingFileError
from commune_coverage.core.quarantine import printable
from commune_coverage.planning.optimizer.problem import PlanError
from commune_coverage.planning.scenario.costs import HUB_KINDS, TOWER_KINDS, Costs, HubKind, TowerKind
from commune_coverage.publish.exports import read_csv

Year = Annotated[int, Field(ge=2020, le=2100)]
Money = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Theme = Literal["internet", "delivery", "payment"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Weight = Annotated[float, Field(ge=0, le=100)]
THEMES: tuple[Theme, ...] = ("internet", "delivery", "payment")


class Budget(Strict):
    """What the fund can spend in each year: ``per_year`` for all, ``years`` for single ones.

    Without ``per_year`` it is ``usof_share`` of ``operators_revenue`` a year. The fund pays ``fund_share`` of what is
    built, operators the rest. With ``fund_runs`` it pays that share of the running costs too, else operators do.
    """

    per_year: Money | None = None
    years: dict[Year, Money] = Field(default_factory=dict)
    operators_revenue: Money | None = None
    usof_share: Share = 0.02
    fund_share: float = Field(1.0, gt=0, le=1)
    fund_runs: bool = False
    carry_over: bool = True

    @model_validator(mode="after")
    def _some_money(self) -> Self:
        if self.per_year is None and self.operators_revenue is None and not self.years:
            raise ValueError("names no money: per_year, years, or operators_revenue")
        return self

    def of(self, year: int) -> float:
        """What there is in one year."""
        income = self.operators_revenue * self.usof_share if self.operators_revenue is not None else 0.0
        return self.years.get(year, income if self.per_year is None else self.per_year)


class Phase(Strict):
    """A phase of the national framework; years of a plan are told by it."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    first: Year
    last: Year


class Carrier(Strict):
    """What a new or upgraded site sends: one carrier of a technology, with three sectors unless stated."""

    technology: Literal["4g", "5g"]
    band_mhz: float = Field(gt=100, le=100_000)
    bandwidth_mhz: float = Field(gt=0.1, le=1000)
    eirp_dbm: float = Field(62.0, ge=-10, le=90)
    sectors: int = Field(3, ge=1, le=6)


class Spectrum(Strict):
    """Carriers by what is done: an upgrade adds its own to a site, a new or shared site sends all of ``new``."""

    upgrade: list[Carrier] = Field(
        default_factory=lambda: [Carrier(technology="4g", band_mhz=2600, bandwidth_mhz=20)], min_length=1
    )
    new: list[Carrier] = Field(
        default_factory=lambda: [
            Carrier(technology="4g", band_mhz=700, bandwidth_mhz=10),
            Carrier(technology="4g", band_mhz=1800, bandwidth_mhz=20),
        ],
        min_length=1,
    )
    antenna_height_m: float = Field(45.0, ge=5, le=200)


class Sharing(Strict):
    """The regulator's rule: build only where no site within ``within_km`` can be shared, or all are full.

    A site is full with ``max_operators`` on it. Without ``required`` operators build as they like.
    """

    required: bool = True
    within_km: float = Field(3.0, gt=0, le=50)
    max_operators: int = Field(3, ge=1, le=10)


class Growth(Strict):
    """Share a year by which people, and what each asks of the network, grow from the date of the run on."""

    people: float = Field(0.0, ge=-0.1, le=0.2)
    demand: float = Field(0.0, ge=-0.1, le=1.0)


class Weights(Strict):
    """What a person newly served counts for, by theme; more where it is remote or poor.

    A person an hour from a pick-up counts ``remoteness`` more; one in a commune of which ``poverty_file`` (columns
    commune_code, poverty_share) says that all are poor counts ``poverty`` more.
    """

    internet: Weight = 1.0
    delivery: Weight = 1.0
    payment: Weight = 1.0
    remoteness: Weight = 0.0
    poverty: Weight = 0.0
    poverty_file: Path | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.internet + self.delivery + self.payment <= 0:
            raise ValueError("at least one of internet, delivery and payment must be above 0")
        if self.poverty > 0 and self.poverty_file is None:
            raise ValueError("poverty needs poverty_file, a CSV with commune_code and poverty_share")
        return self


class Floor(Strict):
    """By the end of a year, a share of the people of every unit of a level, or of those of the ``codes``, is served."""

    theme: Theme
    level: Literal["commune", "district", "province"]
    by: Year
    share: float = Field(gt=0, le=1)
    codes: list[str] = Field(default_factory=list)


class Candidates(Strict):
    """What may be chosen at all: kinds, and how many of each are looked at, those with most people in need first.

    ``apart_km``: candidates so far apart are put into the network together when the signal engine is asked what each
    serves. ``min_people`` in need within ``near_km`` make a place or a site worth looking at.
    """

    kinds: list[TowerKind | HubKind] = Field(default_factory=lambda: [*TOWER_KINDS, *HUB_KINDS])
    max_count: int = Field(1000, ge=1, le=20_000)
    near_km: float = Field(4.0, gt=0, le=50)
    min_people: float = Field(200.0, ge=0)
    apart_km: float = Field(15.0, gt=1, le=200)


class Scenario(Strict):
    """A scenario file. Years run from ``first_year`` to ``last_year``.

    Thresholds, and ``fixed`` (the lines that are sold at a distance of working fibre), replace the country file's.
    """

    name: Name
    title: Annotated[str, Field(max_length=200)] = ""
    first_year: Year = 2027
    last_year: Year = 2035
    budget: Budget
    costs: Path | None = None
    phases: list[Phase] = Field(default_factory=list)
    high_speed_mbps: float | None = Field(None, gt=0, le=10_000)
    delivery_gap_min: float | None = Field(None, gt=0)
    fixed: list[FixedBand] | None = None
    season: Literal["dry", "wet"] = "dry"
    spectrum: Spectrum = Spectrum()
    sharing: Sharing = Sharing()
    growth: Growth = Growth()
    weights: Weights = Weights()
    floors: list[Floor] = Field(default_factory=list)
    candidates: Candidates = Candidates()
    pins: Path | None = None
    uncertainty_share: float = Field(0.25, ge=0, lt=1)
    rounds: int = Field(5, ge=0, le=20)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_year < self.first_year:
            raise ValueError("last_year is before first_year")
        outside = [floor.by for floor in self.floors if not self.first_year <= floor.by <= self.last_year]
        if outside:
            raise ValueError(f"a floor's year {outside[0]} is not within {self.first_year} to {self.last_year}")
        return self

    @property
    def years(self) -> list[int]:
        return list(range(self.first_year, self.last_year + 1))

    def phase_of(self, year: int) -> str:
        """The phase that a year is in, '' for none."""
        return next((phase.name for phase in self.phases if phase.first <= year <= phase.last), "")


_PATHS = ("costs", "pins", "poverty_file")


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; paths in it are relative to it. Raises MissingFileError or PlanError with every problem."""
    return read_declared(
        path, Scenario, _PATHS, "scenarios/base.toml that 'commune-coverage examples' writes", PlanError
    )


def load_costs(path: Path | None) -> Costs:
    """Read a cost file, or the shipped assumptions. Raises MissingFileError or PlanError with every problem."""
    return (
        Costs()
        if path is None
        else read_declared(path, Costs, (), "costs.toml that 'commune-coverage examples' writes", PlanError)
    )


def scenario_file(name: str, country: Path) -> Path:
    """The file of a scenario by its name: scenarios/NAME.toml beside the country file, or a path as it is."""
    if name.endswith(".toml"):
        return Path(name)
    return country.resolve().parent / "scenarios" / f"{name}.toml"


Pins = tuple[dict[str, int | None], set[str]]


def read_pins(path: Path | None, known: Sequence[str], years: Sequence[int]) -> Pins:
    """(pinned by candidate with its year or None, forbidden). The columns are candidate_id, decision and year.

    Raises MissingFileError, or PlanError that lists every line which cannot be used.
    """
    if path is None:
        return {}, set()
    if not path.is_file():
        raise MissingFileError(f"no file of pins at '{path}'")
    pinned: dict[str, int | None] = {}
    forbidden: set[str] = set()
    problems, names = [], set(known)
    for line, row in enumerate(read_csv(path), start=2):
        name, decision = (row.get("candidate_id") or "").strip(), (row.get("decision") or "").strip().lower()
        year = (row.get("year") or "").strip()
        if name not in names:
            problems.append(f"line {line}: there is no candidate '{printable(name, 80)}'; candidates.csv lists all")
        elif decision not in ("pin", "forbid"):
            problems.append(f"line {line}: decision '{printable(decision, 20)}' is neither pin nor forbid")
        elif year and (not year.isdigit() or int(year) not in years):
            problems.append(f"line {line}: year '{printable(year, 10)}' is not within {years[0]} to {years[-1]}")
        elif name in pinned or name in forbidden:
            problems.append(f"line {line}: '{printable(name, 80)}' is decided twice")
        elif decision == "pin":
            pinned[name] = int(year) if year else None
        else:
            forbidden.add(name)
    if problems:
        raise PlanError(f"{path.name} has {len(problems)} problem(s):\n" + "\n".join(f"  - {one}" for one in problems))
    return pinned, forbidden
