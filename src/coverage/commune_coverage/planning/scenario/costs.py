"""What things cost: the declaration of a cost file. Every figure names its source, or says that it is an assumption."""

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


class Figure(Strict):
    """A number and where it is from; a plain number in a file is an error, for its source is not known."""

    value: float = Field(ge=0)
    source: Source

    @model_validator(mode="before")
    @classmethod
    def _needs_a_source(cls, content: Any) -> Any:
        if isinstance(content, int | float) and not isinstance(content, bool):
            raise ValueError('needs its source: { value = …, source = "…" }, or source = "assumption"')
        return content


def _figure(value: float, source: str = _ASSUMED) -> Figure:
    return Figure(value=value, source=source)


class KindCost(Strict):
    """Capital of one thing of a kind in the currency, and what it costs a year in parts of that capital."""

    capital: Figure
    yearly_share: Figure = _figure(0.1, _ANCHOR)


class Links(Strict):
    """What it costs to bring a site what it lacks, by distance.

    ``microwave`` is one hop of at most ``microwave_km``; beyond that fibre is laid from the nearest site or fibre.
    Fibre to a commune's centre comes from the nearest working fibre, or where none is known from the nearest site, and
    its route is ``fibre_route_factor`` times the straight line.
    Power comes along the road: ``power_km`` for each km to the nearest road, or ``solar`` where that is less.
    """

    microwave: Figure = _figure(40_000, _ANCHOR)
    microwave_km: Figure = _figure(40)
    fibre_km: Figure = _figure(20_000, _ANCHOR)
    fibre_route_factor: Figure = _figure(1.3)
    road_km: Figure = _figure(8_000)
    power_km: Figure = _figure(12_000)
    solar: Figure = _figure(25_000)


class Terrain(Strict):
    """What steep ground adds: a share of capital for each 100 m above the land about, at most ``max_share``."""

    per_100_m_share: Figure = _figure(0.1)
    max_share: Figure = _figure(0.5)


class Costs(Strict):
    """A cost file. ``benefit_person_year`` is what a person served for a year is worth, for the net present value."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    price_year: int = Field(2026, ge=2000, le=2100)
    discount_rate: Figure = _figure(0.05, _ANCHOR)
    benefit_person_year: Figure = _figure(30)
    upgrade: KindCost = KindCost(capital=_figure(30_000))
    share: KindCost = KindCost(capital=_figure(55_000))
    build: KindCost = KindCost(capital=_figure(100_000, "about 100 USOF sites for about 10 million USD (medium trust)"))
    fibre: KindCost = KindCost(capital=_figure(15_000), yearly_share=_figure(0.05))
    branch: KindCost = KindCost(capital=_figure(25_000), yearly_share=_figure(0.3))
    pickup: KindCost = KindCost(capital=_figure(4_000), yearly_share=_figure(0.4))
    locker: KindCost = KindCost(capital=_figure(9_000), yearly_share=_figure(0.15))
    agent: KindCost = KindCost(capital=_figure(1_500), yearly_share=_figure(0.5))
    links: Links = Links()
    terrain: Terrain = Terrain()

    @model_validator(mode="after")
    def _discountable(self) -> Self:
        if self.discount_rate.value >= 1:
            raise ValueError("discount_rate is a share such as 0.05")
        return self

    def of(self, kind: str) -> KindCost:
        """What a kind costs."""
        cost: KindCost = getattr(self, kind)
        return cost
