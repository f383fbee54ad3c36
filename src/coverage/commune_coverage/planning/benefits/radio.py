"""What each site would newly serve, from the signal engine: far-apart candidates put into the network together.

Cells of sites that are some 15 km apart do not share users and hardly disturb each other. So all candidates are put
into few sets of such sites, each set into the network of today, and every place that is then served, or is no longer,
counts for the nearest site of the set. Interference and the load that people make are those of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.planning.benefits.demand import HIGH_BIT, LOW_BIT, VALUE_BIT, internet_field
from commune_coverage.planning.scenario.model import Scenario
from commune_coverage.planning.simulation.planned_network import TOWER_ROWS, planned_towers, tower_rows
from commune_coverage.planning.simulation.sandbox import SIGNAL_STAGES, SimulationSandbox
from commune_coverage.population.tables import read_places
from commune_coverage.publish.exports import write_csv

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DUMMY_CELL_EIRP_DBM = -10.0


@dataclass(frozen=True, eq=False)
class Served:
    """Candidates x places: who is newly served as estimated, surely, perhaps; and who no longer is."""

    gains: csr_matrix
    surely: csr_matrix
    perhaps: csr_matrix
    losses: csr_matrix


def far_apart(position: Floats, apart_m: float) -> Integers:
    """A number for each position, so that any two of one number are at least ``apart_m`` apart; greedily few."""
    number = np.full(len(position), -1)
    near = cKDTree(position).query_ball_point(position, apart_m) if len(position) else []
    for row in range(len(position)):
        taken = {int(number[other]) for other in near[row]}
        number[row] = next(free for free in range(len(taken) + 1) if free not in taken)
    return number


def served_by_sites(sandbox: SimulationSandbox, country: Country, sites: pd.DataFrame, scenario: Scenario) -> Served:
    """One run of the signal stages for each set; rows are those of ``sites``.

    The first run has a silent cell in each channel that the candidates use and stands for today: with it all runs have
    the same channels, and each goes on from the one before.
    """
    dummy_cells = _dummy_cells(sites, scenario)
    measure = partial(_field, sandbox, country, dummy_cells)
    today, position = measure("today", pd.DataFrame())
    number = far_apart(sites[["x_m", "y_m"]].to_numpy(), scenario.candidates.apart_km * 1000)
    parts: dict[str, list[Integers]] = {name: [] for name in ("gains", "surely", "perhaps", "losses")}
    sets = int(number.max(initial=-1)) + 1
    for each in range(sets):
        sandbox.report("served", each, sets)
        rows = np.flatnonzero(number == each)
        field, _ = measure(f"set-{each}", tower_rows(sites.iloc[rows], scenario))
        for name, places in _differences(today, field).items():
            nearest = cKDTree(sites[["x_m", "y_m"]].to_numpy()[rows]).query(position[places])[1]
            parts[name].append(np.column_stack([rows[nearest], places]))
    sandbox.report("served", sets, sets)
    return Served(**{name: _matrix(found, (len(sites), len(position))) for name, found in parts.items()})


def _differences(today: npt.NDArray[np.uint8], field: npt.NDArray[np.uint8]) -> dict[str, Integers]:
    """Places of each kind of change."""
    had = (today >> VALUE_BIT & 1) > 0
    has, surely, perhaps = ((field >> bit & 1) > 0 for bit in (VALUE_BIT, LOW_BIT, HIGH_BIT))
    may = (today >> HIGH_BIT & 1) > 0
    found = {
        "gains": ~had & has,
        "surely": ~had & has & surely,
        "perhaps": ~had & (has | (perhaps & ~may)),
        "losses": had & ~has,
    }
    return {name: np.flatnonzero(flags) for name, flags in found.items()}


def _matrix(parts: list[Integers], shape: tuple[int, int]) -> csr_matrix:
    pairs = np.concatenate([*parts, np.zeros((0, 2), dtype=np.int64)])
    return coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape).tocsr()


def _dummy_cells(sites: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """For each channel that candidates use one cell that reaches nobody, where the first of them stands."""
    cells = tower_rows(sites, scenario)
    first = cells.drop_duplicates(["operator", "technology", "band_mhz"])
    return first.assign(eirp_dbm=DUMMY_CELL_EIRP_DBM, antenna_height_m=1.0)


def _field(
    sandbox: SimulationSandbox, country: Country, dummy_cells: pd.DataFrame, name: str, cells: pd.DataFrame
) -> tuple[npt.NDArray[np.uint8], Floats]:
    """The internet bits of every place with the cells added, and where the places are."""
    folder = sandbox.folder / "added" / name
    write_csv(pd.concat([dummy_cells, cells], ignore_index=True), folder / TOWER_ROWS)
    run = sandbox.run(name, with_cells(country, folder), SIGNAL_STAGES)
    found = internet_field(run), read_places(run.stages_folder, ["x_m", "y_m"]).to_numpy()
    sandbox.forget(run)
    return found


def with_cells(country: Country, folder: Path) -> Country:
    """The country with the planned cells of a folder."""
    towers = country.layers.towers
    if towers is None:
        return country
    also = [*towers.also, planned_towers(folder / TOWER_ROWS)]
    layers = country.layers.model_copy(update={"towers": towers.model_copy(update={"also": also})})
    return country.model_copy(update={"layers": layers})
