"""Cost files: unit costs, each with its source or the word that it is an assumption."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from commune_coverage.config.thresholds import Strict

TowerKind = Literal["upgrade", "share", "build", "fibre"]
HubKind = Literal["branch", "pickup", "locker", "agent"]
TOWER_KINDS: tuple[TowerKind, ...] = ("upgrade", "share", "build", "fibre")
HUB_KINDS: tuple[HubKind, ...] = ("branch", "pickup", "locker", "agent")
Source = Annotated[str, Field(min_length=3, max_length=300)]
Share = Annotated[float, Field(ge=0, le=1)]

_ASSUMED = "assumption"
_ANCHOR = "assumption after cost anchors of the ITU planning platform"


class SourcedCost(Strict):
    """A number and where it is from; a plain number in a file is an error, for its source is not known.

    Parameters
    ----------
    value : float
        At least 0, in the unit of its key.
    source : str
        A publication, or "assumption".
    """

    value: float = Field(ge=0)
    source: Source

    @model_validator(mode="before")
    @classmethod
    def _needs_a_source(cls, content: Any) -> Any:
        if isinstance(content, int | float) and not isinstance(content, bool):
            raise ValueError('needs its source: { value = …, source = "…" }, or source = "assumption"')
        return content


def _cost(value: float, source: str = _ASSUMED) -> SourcedCost:
    return SourcedCost(value=value, source=source)


class KindCost(Strict):
    """What one thing of a kind costs.

    Parameters
    ----------
    capital : SourcedCost
        Cost of building or opening it, in the currency.
    yearly_share : SourcedCost
        Running cost a year as a share of the capital.
    """

    capital: SourcedCost
    yearly_share: SourcedCost = _cost(0.1, _ANCHOR)


class Links(Strict):
    """What it costs to connect a site to backhaul, road and power.

    Parameters
    ----------
    microwave : SourcedCost
        One microwave hop, in the currency.
    microwave_km : SourcedCost
        Longest hop in km; beyond it fibre is laid from the nearest site or fibre.
    fibre_km : SourcedCost
        Fibre, currency per km. To a commune's centre it comes from the nearest working fibre, or from the nearest site
        where no fibre is known.
    fibre_route_factor : SourcedCost
        Length of that route over the straight line.
    road_km : SourcedCost
        An access road, currency per km to the nearest road.
    power_km : SourcedCost
        A power line along it, currency per km.
    solar : SourcedCost
        Solar power at the site, taken where it is cheaper.
    """

    microwave: SourcedCost = _cost(40_000, _ANCHOR)
    microwave_km: SourcedCost = _cost(40)
    fibre_km: SourcedCost = _cost(20_000, _ANCHOR)
    fibre_route_factor: SourcedCost = _cost(1.3)
    road_km: SourcedCost = _cost(8_000)
    power_km: SourcedCost = _cost(12_000)
    solar: SourcedCost = _cost(25_000)


class Terrain(Strict):
    """What high ground adds to the capital of a site.

    Parameters
    ----------
    per_100_m_share : SourcedCost
        Share of the capital for each 100 m above the ground around it.
    max_share : SourcedCost
        Largest share.
    """

    per_100_m_share: SourcedCost = _cost(0.1)
    max_share: SourcedCost = _cost(0.5)


class Costs(Strict):
    """A cost file; ``examples/costs.toml`` shows every key.

    Parameters
    ----------
    currency : str
        ISO 4217 code of all amounts.
    price_year : int
        Year of the prices.
    discount_rate : SourcedCost
        Share a year.
    benefit_person_year : SourcedCost
        Value of one person served for a year, for the net present value.
    upgrade, share, build, fibre, branch, pickup, locker, agent : KindCost
        Cost of one of each kind.
    links : Links
        Backhaul, road and power of new sites.
    terrain : Terrain
        What high ground adds.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    price_year: int = Field(2026, ge=2000, le=2100)
    discount_rate: SourcedCost = _cost(0.05, _ANCHOR)
    benefit_person_year: SourcedCost = _cost(30)
    upgrade: KindCost = KindCost(capital=_cost(30_000))
    share: KindCost = KindCost(capital=_cost(55_000))
    build: KindCost = KindCost(capital=_cost(100_000, "about 100 USOF sites for about 10 million USD (medium trust)"))
    fibre: KindCost = KindCost(capital=_cost(15_000), yearly_share=_cost(0.05))
    branch: KindCost = KindCost(capital=_cost(25_000), yearly_share=_cost(0.3))
    pickup: KindCost = KindCost(capital=_cost(4_000), yearly_share=_cost(0.4))
    locker: KindCost = KindCost(capital=_cost(9_000), yearly_share=_cost(0.15))
    agent: KindCost = KindCost(capital=_cost(1_500), yearly_share=_cost(0.5))
    links: Links = Links()
    terrain: Terrain = Terrain()

    @model_validator(mode="after")
    def _discountable(self) -> Self:
        if self.discount_rate.value >= 1:
            raise ValueError("discount_rate is a share such as 0.05")
        return self

    def of(self, kind: str) -> KindCost:
        """Return the cost of a kind.

        Parameters
        ----------
        kind : str
            One of TOWER_KINDS or HUB_KINDS.

        Returns
        -------
        KindCost
            Its capital and running cost.
        """
        cost: KindCost = getattr(self, kind)
        return cost
