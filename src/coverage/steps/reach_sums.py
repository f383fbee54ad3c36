"""Delivery and payment columns of the communes, summed from the minutes of their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coverage.gaps import delivery, payment
from coverage.gaps.measured import mean_of
from coverage.gaps.shares import share_of
from coverage.people import Demand
from coverage.reach.parcel_cost import cost_per_parcel
from coverage.reach.ways import METHODS
from coverage.runs import Run
from coverage.steps.network import method_of
from coverage.steps.reach_files import read_fields
from coverage.steps.reach_tiles import hub_ways, payment_ways
from coverage.steps.sums import people_by_commune
from coverage.store import read_table
from coverage.urbanisation import RURAL

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]

_ACCESS = ("2sfca_dry", "2sfca_wet", "e2sfca_dry", "e2sfca_wet")


@dataclass
class Medians:
    """Minutes of all places, gathered tile by tile, and their medians by people."""

    demand: Demand
    columns: dict[str, str]
    gathered: dict[str, list[Floats]]

    @classmethod
    def of(cls, demand: Demand, columns: dict[str, str]) -> Medians:
        """``columns`` are the names of the medians by the names of the minutes."""
        return cls(demand, columns, {name: [] for name in columns})

    def take(self, ways: Columns) -> None:
        for name in self.columns:
            if name in ways:
                self.gathered[name].append(ways[name])

    def by_commune(self) -> dict[str, Floats]:
        return {
            self.columns[name]: self.demand.median_by_commune(np.concatenate(parts))
            for name, parts in self.gathered.items() if parts
        }  # fmt: skip

    def national(self) -> dict[str, float]:
        """The median over all people."""
        return {
            self.columns[name]: self.demand.median(np.concatenate(parts))
            for name, parts in self.gathered.items() if parts
        }  # fmt: skip


def delivery_figures(run: Run, demand: Demand, people: Floats, area_km2: Floats) -> tuple[Columns, dict[str, float]]:
    """Delivery columns without evidence, and the national medians."""
    limits, folder = run.country.thresholds, run.stages_folder / "reach"
    loads = read_table(folder / "hubs.parquet")
    access = read_fields(folder / "access.npz")
    rural = is_rural(demand)
    medians = Medians.of(demand, {
        "pickup_dry": "minutes_to_hub_median", "pickup_wet": "minutes_to_hub_wet_median",
        "parcel_dry": "parcel_minutes_median", "parcel_wet": "parcel_minutes_wet_median",
    })  # fmt: skip

    def values(tile: int, first: int, last: int) -> dict[str, Floats]:
        ways = hub_ways(run, tile, first, last)
        medians.take(ways)
        found = delivery.place_indicators(
            ways, limits.delivery_bands_min, limits.delivery_gap_min, limits.parcel_promise_min
        )
        here = rural[first:last]
        further = {"rural": here, "rural_near_road": here & ways["near_road"].astype(bool)}
        for season in delivery.SEASON_SUFFIX:
            hub = ways[f"hub_{season}"].astype(np.int64)
            overload = np.append(loads[f"load_{season}_share"].to_numpy() > 1, False)
            further[f"overloaded_{season}"] = (hub >= 0) & overload[hub]
        found |= {name: flags.astype(np.float64) for name, flags in further.items()}
        return found | {name: access[name][first:last].astype(np.float64) for name in _ACCESS if name in access}

    sums = people_by_commune(demand, values)
    columns: Columns = dict(delivery.delivery_columns(people, sums, limits.delivery_bands_min))
    columns |= medians.by_commune()
    for season, suffix in delivery.SEASON_SUFFIX.items():
        columns[f"overloaded_hub{suffix}_share"] = share_of(sums[f"overloaded_{season}"], people)
    columns |= _rural(sums) if method_of(run) == "roads" else {}
    columns |= {f"parcels_{_named(name)}": mean_of(sums[name], people) for name in _ACCESS if name in sums}
    columns |= _costs(run, columns, people, area_km2)
    columns["delivery_method"] = np.full(len(people), METHODS[method_of(run)], dtype=object)
    columns["no_road_share"] = share_of(sums["no_road"], people)
    return columns, medians.national()


def _named(access: str) -> str:
    return access.removesuffix("_dry")


def _rural(sums: dict[str, Floats]) -> Columns:
    rural = sums["rural"]
    return {"rural_people": rural, "rural_access_share": share_of(sums["rural_near_road"], rural)}


def _costs(run: Run, columns: Columns, people: Floats, area_km2: Floats) -> Columns:
    parcels = run.country.parcels
    density = mean_of(people * parcels.per_person_year / parcels.working_days, area_km2)
    return {
        f"cost_per_parcel{suffix}": cost_per_parcel(
            columns[f"minutes_to_hub{suffix}_median"], density, run.country.parcel_cost
        )
        for suffix in delivery.SEASON_SUFFIX.values()
    }


def payment_figures(run: Run, demand: Demand, people: Floats) -> Columns:
    """Payment columns without evidence."""
    limits, rural = run.country.thresholds, is_rural(demand)
    medians = Medians.of(demand, {
        f"{mode}_{season}": f"minutes_{mode}_to_payment{suffix}_median"
        for mode in ("walk", "drive") for season, suffix in delivery.SEASON_SUFFIX.items()
    })  # fmt: skip

    def values(tile: int, first: int, last: int) -> dict[str, Floats]:
        ways = payment_ways(run, tile, first, last)
        medians.take(ways)
        return payment.place_indicators(ways, rural[first:last], limits)

    columns: Columns = dict(payment.payment_columns(people, people_by_commune(demand, values), limits))
    columns |= medians.by_commune()
    columns["payment_method"] = np.full(len(people), METHODS[method_of(run)], dtype=object)
    return columns


def is_rural(demand: Demand) -> npt.NDArray[np.bool_]:
    """Places in rural cells by the degree of urbanisation."""
    return np.asarray(demand.places["environment"].to_numpy() == RURAL)
