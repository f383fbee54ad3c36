"""What each site would newly serve, from the radio stages: candidates far from each other are simulated together.

Cells of sites that are some 15 km apart do not share users and hardly interfere. So all candidates are put into few
sets of such sites, each set into the network of today, and every place that is then served, or is no longer, counts for
the nearest site of the set. Interference and cell load are those of the radio stages.
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
from commune_coverage.planning.demand import HIGH_BIT, LOW_BIT, VALUE_BIT, internet_bits
from commune_coverage.planning.planned_network import TOWER_ROWS, planned_towers, tower_rows
from commune_coverage.planning.sandbox import SIGNAL_STAGES, SimulationSandbox
from commune_coverage.planning.scenario.model import Scenario
from commune_coverage.population.tables import read_places
from commune_coverage.publish.exports import write_csv

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DUMMY_CELL_EIRP_DBM = -10.0


@dataclass(frozen=True, eq=False)
class Served:
    """Places whose service changes by each site.

    Parameters
    ----------
    gains, lower_bound, upper_bound : csr_matrix of float64, shape (J, places)
        Ones where a place is newly served: as estimated, at the lower and at the upper bound of the model.
    losses : csr_matrix of float64, shape (J, places)
        Ones where a place is no longer served.
    """

    gains: csr_matrix
    lower_bound: csr_matrix
    upper_bound: csr_matrix
    losses: csr_matrix


def far_apart(position: Floats, apart_m: float) -> Integers:
    """Put positions into few sets in which all are far from each other.

    Parameters
    ----------
    position : ndarray of float64, shape (J, 2)
        In metres.
    apart_m : float
        Least distance of any two of a set.

    Returns
    -------
    ndarray of int64, shape (J,)
        Number of each position's set.

    Notes
    -----
    Greedy colouring of the graph of positions nearer than ``apart_m`` (D. Welsh and M. Powell 1967).
    """
    number = np.full(len(position), -1)
    near = cKDTree(position).query_ball_point(position, apart_m) if len(position) else []
    for row in range(len(position)):
        used = {int(number[other]) for other in near[row]}
        number[row] = next(free for free in range(len(used) + 1) if free not in used)
    return number


def served_by_sites(sandbox: SimulationSandbox, country: Country, sites: pd.DataFrame, scenario: Scenario) -> Served:
    """Simulate what each site would serve: one run of the radio stages for each set of distant sites.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    country : Country
        The country.
    sites : DataFrame, J rows
        Candidate sites with ``x_m`` and ``y_m``.
    scenario : Scenario
        Has the carriers and ``candidates.apart_km``.

    Returns
    -------
    Served
        Rows are those of ``sites``.

    Notes
    -----
    The first run has a dummy cell on each carrier that the candidates use and stands for today: with it all runs have
    the same carriers, and each is computed from the one before.
    """
    dummy_cells = _dummy_cells(sites, scenario)
    simulate = partial(_service_bits, sandbox, country, dummy_cells)
    today, position = simulate("today", pd.DataFrame())
    number = far_apart(sites[["x_m", "y_m"]].to_numpy(), scenario.candidates.apart_km * 1000)
    parts: dict[str, list[Integers]] = {name: [] for name in ("gains", "lower_bound", "upper_bound", "losses")}
    sets = int(number.max(initial=-1)) + 1
    for each in range(sets):
        sandbox.report("served", each, sets)
        rows = np.flatnonzero(number == each)
        bits, _ = simulate(f"set-{each}", tower_rows(sites.iloc[rows], scenario))
        for name, places in _differences(today, bits).items():
            nearest = cKDTree(sites[["x_m", "y_m"]].to_numpy()[rows]).query(position[places])[1]
            parts[name].append(np.column_stack([rows[nearest], places]))
    sandbox.report("served", sets, sets)
    return Served(**{name: _matrix(pairs, (len(sites), len(position))) for name, pairs in parts.items()})


def _differences(today: npt.NDArray[np.uint8], bits: npt.NDArray[np.uint8]) -> dict[str, Integers]:
    """Places of each kind of change."""
    had = (today >> VALUE_BIT & 1) > 0
    has, has_lower, has_upper = ((bits >> bit & 1) > 0 for bit in (VALUE_BIT, LOW_BIT, HIGH_BIT))
    had_upper = (today >> HIGH_BIT & 1) > 0
    changes = {
        "gains": ~had & has,
        "lower_bound": ~had & has & has_lower,
        "upper_bound": ~had & (has | (has_upper & ~had_upper)),
        "losses": had & ~has,
    }
    return {name: np.flatnonzero(flags) for name, flags in changes.items()}


def _matrix(parts: list[Integers], shape: tuple[int, int]) -> csr_matrix:
    pairs = np.concatenate([*parts, np.zeros((0, 2), dtype=np.int64)])
    return coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape).tocsr()


def _dummy_cells(sites: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """For each carrier that candidates use one cell that reaches nobody, where the first of them stands."""
    cells = tower_rows(sites, scenario)
    first = cells.drop_duplicates(["operator", "technology", "band_mhz"])
    return first.assign(eirp_dbm=DUMMY_CELL_EIRP_DBM, antenna_height_m=1.0)


def _service_bits(
    sandbox: SimulationSandbox, country: Country, dummy_cells: pd.DataFrame, name: str, cells: pd.DataFrame
) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Simulate the network with the cells added; the internet bits and the position of every place."""
    folder = sandbox.folder / "added" / name
    write_csv(pd.concat([dummy_cells, cells], ignore_index=True), folder / TOWER_ROWS)
    run = sandbox.run(name, with_cells(country, folder), SIGNAL_STAGES)
    bits = internet_bits(run)
    position = read_places(run.stages_folder, ["x_m", "y_m"]).to_numpy()
    sandbox.discard(run)
    return bits, position


def with_cells(country: Country, folder: Path) -> Country:
    """Add the planned cells of a folder to the country.

    Parameters
    ----------
    country : Country
        The country.
    folder : Path
        Has the file of planned cells.

    Returns
    -------
    Country
        The same where it has no layer of towers.
    """
    towers = country.layers.towers
    if towers is None:
        return country
    also = [*towers.also, planned_towers(folder / TOWER_ROWS)]
    layers = country.layers.model_copy(update={"towers": towers.model_copy(update={"also": also})})
    return country.model_copy(update={"layers": layers})
