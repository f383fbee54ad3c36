"""Scenario files: what there is to spend, on what, and what must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from commune_coverage.config.loader import read_declared
from commune_coverage.config.thresholds import FixedBand, Strict
from commune_coverage.core.errors import MissingFileError, PlanError
from commune_coverage.core.quarantine import printable
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
    """What the universal service fund can spend in each year.

    Parameters
    ----------
    per_year : float, optional
        Money a year; without it ``usof_share`` of ``operators_revenue``.
    years : dict of int to float
        Money of single years.
    operators_revenue : float, optional
        Revenue of all operators a year.
    usof_share : float
        Share of it that operators pay into the fund.
    fund_share : float
        Share of the capital that the fund pays; operators pay the rest.
    fund_runs : bool
        Whether the fund pays that share of the running costs too, else operators do.
    carry_over : bool
        Whether what a year leaves can be spent in the next.
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
        """Return the budget of one year.

        Parameters
        ----------
        year : int
            Calendar year.

        Returns
        -------
        float
            In the currency of the cost file.
        """
        income = self.operators_revenue * self.usof_share if self.operators_revenue is not None else 0.0
        return self.years.get(year, income if self.per_year is None else self.per_year)


class Phase(Strict):
    """A phase of the national framework.

    Parameters
    ----------
    name : str
        As it stands in the tables.
    first, last : int
        Calendar years.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    first: Year
    last: Year


class Carrier(Strict):
    """One radio carrier of a new or upgraded site.

    Parameters
    ----------
    technology : {"4g", "5g"}
        Of the carrier.
    band_mhz, bandwidth_mhz : float
        Frequency band and bandwidth.
    eirp_dbm : float
        Radiated power of a sector.
    sectors : int
        Number of sectors.
    azimuths_deg : list of float
        Where they point, clockwise from true north; none where that is not planned, and they radiate all round.
    """

    technology: Literal["4g", "5g"]
    band_mhz: float = Field(gt=100, le=100_000)
    bandwidth_mhz: float = Field(gt=0.1, le=1000)
    eirp_dbm: float = Field(62.0, ge=-10, le=90)
    sectors: int = Field(3, ge=1, le=6)
    azimuths_deg: list[Annotated[float, Field(ge=0, lt=360)]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_azimuth_each(self) -> Self:
        if self.azimuths_deg and len(self.azimuths_deg) != self.sectors:
            raise ValueError(f"azimuths_deg has {len(self.azimuths_deg)} azimuths for {self.sectors} sectors")
        return self


class Spectrum(Strict):
    """Carriers of planned sites.

    Parameters
    ----------
    upgrade : list of Carrier
        Added to a site that is upgraded.
    new : list of Carrier
        Sent by a new or shared site.
    antenna_height_m : float
        Above ground.
    """

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
    """The regulator's rule: build only where no site nearby can be shared, or all are full.

    Parameters
    ----------
    required : bool
        Whether the rule holds.
    within_km : float
        How near a site must be to be shared instead.
    max_operators : int
        With so many operators a site is full.
    """

    required: bool = True
    within_km: float = Field(3.0, gt=0, le=50)
    max_operators: int = Field(3, ge=1, le=10)


class Growth(Strict):
    """Yearly growth from the date of the run on.

    Parameters
    ----------
    people, demand : float
        Growth of the population, and of the busy-hour demand of each user, as shares a year.
    """

    people: float = Field(0.0, ge=-0.1, le=0.2)
    demand: float = Field(0.0, ge=-0.1, le=1.0)


class Weights(Strict):
    """What a person newly served counts for.

    Parameters
    ----------
    internet, delivery, payment : float
        Weight of each theme.
    remoteness : float
        What a person an hour from a pick-up point counts more, as a share.
    poverty : float
        What a person counts more in a commune where all are poor, as a share.
    poverty_file : Path, optional
        CSV with commune_code and poverty_share.
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


class ServiceConstraint(Strict):
    """By the end of a year a share of the people of every unit must be served.

    Parameters
    ----------
    theme : {"internet", "delivery", "payment"}
        What they must be served with.
    level : {"commune", "district", "province", "nation"}
        Level of the units.
    by : int
        Calendar year.
    share : float
        Share of the people of each unit.
    codes : list of str
        Codes of the units; all of the level unless given.
    """

    theme: Theme
    level: Literal["commune", "district", "province", "nation"]
    by: Year
    share: float = Field(gt=0, le=1)
    codes: list[str] = Field(default_factory=list)


class Candidates(Strict):
    """Which candidates are considered.

    Parameters
    ----------
    kinds : list of str
        Kinds that may be chosen.
    max_count : int
        Candidates of each kind, those with most people in need first.
    near_km : float
        Radius within which people in need are counted.
    min_people : float
        People in need within it that make a place or a site a candidate.
    apart_km : float
        Sites at least so far apart are simulated together when the benefit of each is computed.
    """

    kinds: list[TowerKind | HubKind] = Field(default_factory=lambda: [*TOWER_KINDS, *HUB_KINDS])
    max_count: int = Field(1000, ge=1, le=20_000)
    near_km: float = Field(4.0, gt=0, le=50)
    min_people: float = Field(200.0, ge=0)
    apart_km: float = Field(15.0, gt=1, le=200)


class Scenario(Strict):
    """A scenario file; ``examples/scenarios/base.toml`` shows every key.

    Parameters
    ----------
    name, title : str
        Of the scenario.
    first_year, last_year : int
        Calendar years of the plan.
    budget : Budget
        What there is to spend.
    costs : Path, optional
        The cost file; the shipped assumptions unless given.
    phases : list of Phase
        Phases of the national framework.
    high_speed_mbps, delivery_gap_min : float, optional
        Thresholds in Mbit/s and minutes that replace the country file's.
    fixed : list of FixedBand, optional
        Fixed lines that are sold within a distance of working fibre, in place of the country file's.
    season : {"dry", "wet"}
        Season whose travel times count.
    spectrum, sharing, growth, weights, candidates
        See the classes.
    service_constraints : list of ServiceConstraint
        What must be served by when; ``floors`` in older files.
    obligations : bool
        Whether obligations of the country file that ask for the planned speed are service constraints as well.
    fixed_decisions : Path, optional
        CSV of what is pinned and forbidden; ``pins`` in older files.
    uncertainty_share : float
        How far costs are off in the sensitivity table.
    rounds : int
        How often the plan is simulated and chosen anew at most.
    shown : bool
        Whether the pages of the next run show the plan.
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
    service_constraints: list[ServiceConstraint] = Field(default_factory=list)
    obligations: bool = True
    candidates: Candidates = Candidates()
    fixed_decisions: Path | None = None
    uncertainty_share: float = Field(0.25, ge=0, lt=1)
    rounds: int = Field(5, ge=0, le=20)
    shown: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_year < self.first_year:
            raise ValueError("last_year is before first_year")
        outside = [each.by for each in self.service_constraints if not self.first_year <= each.by <= self.last_year]
        if outside:
            raise ValueError(
                f"the year {outside[0]} of a service constraint is not within {self.first_year} to {self.last_year}"
            )
        return self

    @property
    def years(self) -> list[int]:
        """Calendar years of the plan."""
        return list(range(self.first_year, self.last_year + 1))

    def phase_of(self, year: int) -> str:
        """Return the phase of a year.

        Parameters
        ----------
        year : int
            Calendar year.

        Returns
        -------
        str
            Its name, '' for none.
        """
        return next((phase.name for phase in self.phases if phase.first <= year <= phase.last), "")


_EXAMPLE = "{} that 'commune-coverage examples' writes"
_PATHS = ("costs", "fixed_decisions", "poverty_file")


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : Path
        A TOML file; paths in it are relative to it.

    Returns
    -------
    Scenario
        Checked.

    Raises
    ------
    MissingFileError
        When it is not there.
    PlanError
        With every problem of the file.
    """
    return read_declared(
        path, Scenario, _PATHS, "scenarios/base.toml that 'commune-coverage examples' writes", PlanError
    )


def load_costs(path: Path | None) -> Costs:
    """Read a cost file.

    Parameters
    ----------
    path : Path or None
        A TOML file; None for the shipped assumptions.

    Returns
    -------
    Costs
        Checked.

    Raises
    ------
    MissingFileError
        When it is not there.
    PlanError
        With every problem of the file.
    """
    return Costs() if path is None else read_declared(path, Costs, (), _EXAMPLE.format("costs.toml"), PlanError)


def scenario_file(name: str, country: Path) -> Path:
    """Find the file of a scenario.

    Parameters
    ----------
    name : str
        NAME for ``scenarios/NAME.toml`` next to the country file, or a path that ends in ``.toml``.
    country : Path
        The country file.

    Returns
    -------
    Path
        Whether or not it is there.
    """
    if name.endswith(".toml"):
        return Path(name)
    return country.resolve().parent / "scenarios" / f"{name}.toml"


class FixedDecisions(NamedTuple):
    """What planners have decided already.

    Parameters
    ----------
    pinned : dict of str to int or None
        Candidates that must be built, with their calendar year; None for the first year that can pay.
    forbidden : set of str
        Candidates that must not be built.
    """

    pinned: dict[str, int | None]
    forbidden: set[str]


def read_fixed_decisions(path: Path | None, known: Sequence[str], years: Sequence[int]) -> FixedDecisions:
    """Read the file of fixed decisions.

    Parameters
    ----------
    path : Path or None
        CSV with the columns candidate_id, decision ("pin" or "forbid") and year; None for no decisions.
    known : sequence of str
        Names of all candidates.
    years : sequence of int
        Calendar years of the plan.

    Returns
    -------
    FixedDecisions
        What is pinned and forbidden.

    Raises
    ------
    MissingFileError
        When the file is not there.
    PlanError
        With every line that cannot be used.
    """
    decisions = FixedDecisions({}, set())
    if path is None:
        return decisions
    if not path.is_file():
        raise MissingFileError(f"no file of fixed decisions at '{path}'")
    problems, names = [], set(known)
    for line, row in enumerate(read_csv(path), start=2):
        problem = _add_decision(decisions, row, names, years)
        if problem:
            problems.append(f"line {line}: {problem}")
    if problems:
        raise PlanError(f"{path.name} has {len(problems)} problem(s):\n" + "\n".join(f"  - {one}" for one in problems))
    return decisions


def _add_decision(
    decisions: FixedDecisions, row: Mapping[str, str | None], names: set[str], years: Sequence[int]
) -> str:
    """Add the decision of one row; what is wrong with it, '' for nothing."""
    name, decision, year = ((row.get(key) or "").strip() for key in ("candidate_id", "decision", "year"))
    decision = decision.lower()
    if name not in names:
        return f"there is no candidate '{printable(name, 80)}'; candidates.csv lists all"
    if decision not in ("pin", "forbid"):
        return f"decision '{printable(decision, 20)}' is neither pin nor forbid"
    if year and (not year.isdigit() or int(year) not in years):
        return f"year '{printable(year, 10)}' is not within {years[0]} to {years[-1]}"
    if name in decisions.pinned or name in decisions.forbidden:
        return f"'{printable(name, 80)}' is decided twice"
    if decision == "pin":
        decisions.pinned[name] = int(year) if year else None
    else:
        decisions.forbidden.add(name)
    return ""
