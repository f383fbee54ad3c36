"""The delivery sums and payment sums stages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.core.files import read_table
from commune_coverage.indicators import delivery, payment
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.medians import Medians, last_tiles
from commune_coverage.pipeline.stages.travel.artifacts import HubPeople, read_access
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times, payment_travel_times
from commune_coverage.pipeline.stages.zonal_sums import commune_count, people_by_commune, write_sums
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.population.urbanisation import RURAL
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.runs.run import Run

Columns = dict[str, Any]
Progress = Callable[[int, int], None]


def delivery_sums(run: Run, progress: Progress) -> StageResult:
    """Write ``delivery_sums.npz``: people by commune and indicator, medians by commune, national medians.

    And ``hub_people.npz``, the people of each hub by commune.
    """
    folder = run.stages_folder
    if not (folder / "travel_times" / "hubs.npz").is_file():
        return StageResult()
    limits, communes = run.country.thresholds, commune_count(folder)
    loads = read_table(folder / "hub_access" / "hubs.parquet")
    medians = Medians(
        last_tiles(folder, communes),
        {
            "pickup_dry": "minutes_to_hub_median",
            "pickup_wet": "minutes_to_hub_wet_median",
            "parcel_dry": "parcel_minutes_median",
            "parcel_wet": "parcel_minutes_wet_median",
        },
    )
    hub_people = HubPeople(len(loads), communes)
    overloaded = {season: loads[f"load_{season}_share"].to_numpy() > 1 for season in delivery.SEASON_SUFFIX}

    def values(tile: int, first: int, last: int, shares: PopulationWeights) -> Columns:
        times = hub_travel_times(run, tile, first, last)
        medians.take(tile, shares, times)
        hub_people.take(times["hub_dry"].astype(np.int64), shares)
        progress(tile + 1, tile_count(folder))
        indicators: Columns = dict(
            delivery.place_indicators(
                times, limits.delivery_bands_min, limits.delivery_gap_min, limits.parcel_promise_min
            )
        )
        rural = is_rural(folder, tile)
        indicators |= {"rural": rural, "rural_near_road": rural & times["near_road"].astype(bool)}
        for season, over in overloaded.items():
            hub = times[f"hub_{season}"].astype(np.int64)
            indicators[f"overloaded_{season}"] = (hub >= 0) & np.append(over, False)[hub]
        return indicators | read_access(folder, tile)

    write_sums(folder / "delivery_sums.npz", people_by_commune(folder, communes, values), medians)
    hub_people.write(folder)
    return StageResult()


def payment_sums(run: Run, progress: Progress) -> StageResult:
    """Write ``payment_sums.npz``: people by commune and indicator, and medians by commune."""
    folder = run.stages_folder
    if not (folder / "travel_times" / "payments.npz").is_file():
        return StageResult()
    communes, limits = commune_count(folder), run.country.thresholds
    medians = Medians(
        last_tiles(folder, communes),
        {
            f"{mode}_{season}": f"minutes_{mode}_to_payment{suffix}_median"
            for mode in ("walk", "drive")
            for season, suffix in delivery.SEASON_SUFFIX.items()
        },
    )

    def values(tile: int, first: int, last: int, shares: PopulationWeights) -> Columns:
        times = payment_travel_times(run, tile, first, last)
        medians.take(tile, shares, times)
        progress(tile + 1, tile_count(folder))
        return dict(payment.place_indicators(times, is_rural(folder, tile), limits))

    write_sums(folder / "payment_sums.npz", people_by_commune(folder, communes, values), medians)
    return StageResult()


def is_rural(folder: Path, tile: int) -> npt.NDArray[np.bool_]:
    """Select the places of a tile in rural cells by the degree of urbanisation."""
    return np.asarray(read_tile(folder, tile, ["environment"])["environment"].to_numpy() == RURAL)
