"""The signal stage: tiles of places mapped over the engine, each against the cells within its reach."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from coverage.country import Country
from coverage.engine import map_items
from coverage.runs import Run
from coverage.signal.best_server import Service, best_service
from coverage.sources.radios import load_radios
from coverage.steps.report import StageNotes
from coverage.store import read_table, read_tile, tile_count, write_table
from coverage.tables import TECHNOLOGIES

Progress = Callable[[int, int], None]


def signal(run: Run, progress: Progress) -> StageNotes:
    """Write ``signal/<tile>.parquet``: per place its best speed, operators to choose from, and coverage."""
    folder = run.stages_folder
    if not ((folder / "places.parquet").is_file() and (folder / "cells.parquet").is_file()):
        return StageNotes()
    tiles = list(range(tile_count(folder)))
    done = iter(range(1, len(tiles) + 1))
    map_items(partial(signal_tile, folder, run.country), tiles, run.engine, lambda: progress(next(done), len(tiles)))
    return _stated(run.country)


def operators_of(cells: pd.DataFrame) -> list[str]:
    """Operators that serve the country, by name."""
    return sorted(cells.loc[cells["is_home"], "operator"].unique())


def signal_tile(folder: Path, country: Country, tile: int) -> None:
    """One tile's services; a tile that an earlier, killed run has written is left as it is."""
    target = folder / "signal" / f"{tile:05d}.parquet"
    if target.is_file():
        return
    places = read_tile(folder, tile)
    everywhere = _cells(folder / "cells.parquet")
    cells = _within_reach(everywhere, places, country.signal.max_range_km * 1000)
    write_table(target, tile_table(places, cells, operators_of(everywhere), country))


@lru_cache(maxsize=2)
def _cells(path: Path) -> pd.DataFrame:
    return read_table(path)


def _within_reach(cells: pd.DataFrame, places: pd.DataFrame, reach_m: float) -> pd.DataFrame:
    """Serving cells in the tile's bounding box widened by the reach, their rows kept as index."""
    near = cells["is_home"].to_numpy(dtype=bool)
    for axis in ("x_m", "y_m"):
        near = near & cells[axis].between(places[axis].min() - reach_m, places[axis].max() + reach_m).to_numpy()
    return cells[near]


def tile_table(places: pd.DataFrame, cells: pd.DataFrame, operators: list[str], country: Country) -> pd.DataFrame:
    """speed_mbps, operators, and per technology covered, received_dbm, server; per operator and technology covered."""
    radios = load_radios(country.signal.radios)
    is_urban = (places["density_people_per_km2"] >= country.signal.urban_density_people_per_km2).to_numpy()
    x_m, y_m = places["x_m"].to_numpy(), places["y_m"].to_numpy()
    speed = np.zeros((len(operators), len(places)))
    columns: dict[str, np.ndarray] = {}
    for technology in TECHNOLOGIES:
        services = []
        for row, operator in enumerate(operators):
            own = cells[(cells["operator"] == operator) & (cells["technology"] == technology)]
            own = own[own["samples"].fillna(np.inf) >= country.signal.min_samples]
            service = best_service(x_m, y_m, is_urban, own, technology, radios, country.signal.max_range_km * 1000)
            speed[row] = np.maximum(speed[row], service.speed_mbps)
            columns[f"covered_{row}_{technology}"] = service.is_covered
            services.append(service)
        columns |= _best_of(services, technology, len(places))
    columns["speed_mbps"] = speed.max(axis=0, initial=0).astype(np.float32)
    for threshold in country.thresholds.high_speed_mbps:
        columns[f"operators_{threshold:g}"] = (speed >= threshold).sum(axis=0).astype(np.int16)
    return pd.DataFrame(columns)


def _best_of(services: list[Service], technology: str, places: int) -> dict[str, np.ndarray]:
    """Best operator by received power: whether covered, dBm and the serving cell's row."""
    power, server, covered = np.full(places, -np.inf), np.full(places, -1, dtype=np.int64), np.zeros(places, dtype=bool)
    for service in services:
        better = service.received_dbm > power
        power, server = np.where(better, service.received_dbm, power), np.where(better, service.server, server)
        covered |= service.is_covered
    return {
        f"covered_{technology}": covered,
        f"received_{technology}_dbm": power.astype(np.float32),
        f"server_{technology}": server,
    }


def _stated(country: Country) -> StageNotes:
    notes = StageNotes()
    radios = load_radios(country.signal.radios)
    conditions = radios.conditions
    notes.assume(
        "internet", "propagation", "3GPP TR 36.942 rural, urban where dense", "", "3GPP TR 36.942, 4.5.2 and 4.5.3"
    )
    notes.assume(
        "internet",
        "urban from",
        f"{country.signal.urban_density_people_per_km2:g}",
        "people/km2 in 3 x 3 km",
        "degree of urbanisation, assumption",
    )
    notes.assume("internet", "cell edge probability", conditions.edge_probability, "", conditions.source)
    notes.assume("internet", "cell load", conditions.load, "", conditions.source)
    shadowing = f"{conditions.shadowing_sigma_db:g} dB shadowing, {conditions.body_loss_db:g} dB body loss"
    notes.assume("internet", "losses beyond the path", shadowing, "", conditions.source)
    notes.assume("internet", "receiver", f"{conditions.receiver_height_m:g} m, outdoor", "", conditions.source)
    for name, budget in radios.technologies.items():
        text = (
            f"{budget.frequency_mhz:g} MHz, {budget.bandwidth_mhz:g} MHz wide, "
            f"{budget.eirp_dbm:g} dBm EIRP, {budget.antenna_height_m:g} m"
        )
        notes.assume("internet", f"{name.upper()} where no register states it", text, "", budget.source)
    return notes
