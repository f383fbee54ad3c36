"""The delivery and payment sums stages, and the columns of the communes that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coverage.gaps import delivery, payment
from coverage.gaps.measured import mean_of
from coverage.gaps.shares import share_of
from coverage.people import Shares
from coverage.reach.parcel_cost import cost_per_parcel
from coverage.reach.ways import METHODS
from coverage.runs import Run
from coverage.steps.access import ACCESS, read_access
from coverage.steps.hub_people import HubPeople
from coverage.steps.medians import Medians, last_tiles
from coverage.steps.network import method_of
from coverage.steps.reach_tiles import hub_ways, payment_ways
from coverage.steps.report import StageNotes
from coverage.steps.sums import commune_count, people_by_commune, read_sums, write_sums
from coverage.store import read_table, read_tile, tile_count
from coverage.urbanisation import RURAL

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]
Progress = Callable[[int, int], None]


def delivery_sums(run: Run, progress: Progress) -> StageNotes:
    """Write ``delivery_sums.npz``: people by commune and indicator, medians by commune, national medians.

    And ``hub_people.npz``, whom each hub has.
    """
    folder = run.stages_folder
    if not (folder / "minutes" / "hubs.npz").is_file():
        return StageNotes()
    limits, communes = run.country.thresholds, commune_count(folder)
    loads = read_table(folder / "reach" / "hubs.parquet")
    medians = Medians(last_tiles(folder, communes), {
        "pickup_dry": "minutes_to_hub_median", "pickup_wet": "minutes_to_hub_wet_median",
        "parcel_dry": "parcel_minutes_median", "parcel_wet": "parcel_minutes_wet_median",
    })  # fmt: skip
    turned_to = HubPeople(len(loads), communes)
    overloaded = {season: loads[f"load_{season}_share"].to_numpy() > 1 for season in delivery.SEASON_SUFFIX}

    def values(tile: int, first: int, last: int, shares: Shares) -> Columns:
        ways = hub_ways(run, tile, first, last)
        medians.take(tile, shares, ways)
        turned_to.take(ways["hub_dry"].astype(np.int64), shares)
        progress(tile + 1, tile_count(folder))
        found: Columns = dict(delivery.place_indicators(
            ways, limits.delivery_bands_min, limits.delivery_gap_min, limits.parcel_promise_min
        ))  # fmt: skip
        rural = is_rural(folder, tile)
        found |= {"rural": rural, "rural_near_road": rural & ways["near_road"].astype(bool)}
        for season, over in overloaded.items():
            hub = ways[f"hub_{season}"].astype(np.int64)
            found[f"overloaded_{season}"] = (hub >= 0) & np.append(over, False)[hub]
        return found | read_access(folder, tile)

    write_sums(folder / "delivery_sums.npz", people_by_commune(folder, communes, values), medians)
    turned_to.write(folder)
    return StageNotes()


def delivery_figures(run: Run, people: Floats, area_km2: Floats) -> tuple[Columns, dict[str, float]]:
    """Delivery columns without evidence, and the national medians."""
    limits = run.country.thresholds
    sums, medians, national = read_sums(run.stages_folder / "delivery_sums.npz")
    columns: Columns = dict(delivery.delivery_columns(people, sums, limits.delivery_bands_min)) | medians
    for season, suffix in delivery.SEASON_SUFFIX.items():
        columns[f"overloaded_hub{suffix}_share"] = share_of(sums[f"overloaded_{season}"], people)
    columns |= _rural(sums) if method_of(run) == "roads" else {}
    columns |= {f"parcels_{_named(name)}": mean_of(sums[name], people) for name in ACCESS if name in sums}
    columns |= _costs(run, columns, people, area_km2)
    columns["delivery_method"] = np.full(len(people), METHODS[method_of(run)], dtype=object)
    columns["no_road_share"] = share_of(sums["no_road"], people)
    return columns, national


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


def payment_sums(run: Run, progress: Progress) -> StageNotes:
    """Write ``payment_sums.npz``: people by commune and indicator, and medians by commune."""
    folder = run.stages_folder
    if not (folder / "minutes" / "payments.npz").is_file():
        return StageNotes()
    communes, limits = commune_count(folder), run.country.thresholds
    medians = Medians(last_tiles(folder, communes), {
        f"{mode}_{season}": f"minutes_{mode}_to_payment{suffix}_median"
        for mode in ("walk", "drive") for season, suffix in delivery.SEASON_SUFFIX.items()
    })  # fmt: skip

    def values(tile: int, first: int, last: int, shares: Shares) -> Columns:
        ways = payment_ways(run, tile, first, last)
        medians.take(tile, shares, ways)
        progress(tile + 1, tile_count(folder))
        return dict(payment.place_indicators(ways, is_rural(folder, tile), limits))

    write_sums(folder / "payment_sums.npz", people_by_commune(folder, communes, values), medians)
    return StageNotes()


def payment_figures(run: Run, people: Floats) -> Columns:
    """Payment columns without evidence."""
    sums, medians, _ = read_sums(run.stages_folder / "payment_sums.npz")
    columns: Columns = dict(payment.payment_columns(people, sums, run.country.thresholds)) | medians
    columns["payment_method"] = np.full(len(people), METHODS[method_of(run)], dtype=object)
    return columns


def is_rural(folder: Path, tile: int) -> npt.NDArray[np.bool_]:
    """Places of a tile in rural cells by the degree of urbanisation."""
    return np.asarray(read_tile(folder, tile, ["environment"])["environment"].to_numpy() == RURAL)
