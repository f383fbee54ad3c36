"""How busy cells are when each is slowed by how busy the others are: the fixed point of loads and interference.

The more a cell sends, the more it interferes with its neighbours, the slower are their users, and the longer they send:
a cell's load is the sum over its users of demand over speed, the speed follows from their SINR, and that from the
activity of the cells around them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from commune_coverage.core.jit import compiled
from commune_coverage.radio.network_model import NetworkModel, distant_power_mw
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.service.users import MIN_USABLE_SINR
from commune_coverage.radio.spectral_efficiency import needed_sinrs, spectral_efficiencies
from commune_coverage.radio.tile import ENVIRONMENTS
from commune_coverage.schema.inputs import FIXED_POINT_SCALE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEIGHBOURS = 16
TOLERANCE = 1e-6
"""Between the activity of any cell in two steps."""
_MAX_STEPS = 10_000
_ASKED = NEIGHBOURS + 8


class CellTable(NamedTuple):
    """Transmitters of a network, (n,) each.

    Attributes
    ----------
    x_m, y_m : float64, m
        Position.
    carrier, site, pathloss_class : int64
        Rows.
    sent_mw : float64, mW
        Radiated power, averaged over all directions and at the stated load.
    sectors : float64
        Cells that share the users.
    bandwidth_mhz : float64, MHz
        Bandwidth.
    shannon_alpha, max_efficiency : float64
        Attenuation factor, and greatest spectral efficiency of a layer in bit/s/Hz.
    layers : int64
        Most spatial layers.
    """

    x_m: Floats
    y_m: Floats
    carrier: Integers
    site: Integers
    pathloss_class: Integers
    sent_mw: Floats
    sectors: Floats
    bandwidth_mhz: Floats
    shannon_alpha: Floats
    max_efficiency: Floats
    layers: Integers


class BusyUsers(NamedTuple):
    """Users by block and transmitter, (rows,) each.

    Attributes
    ----------
    transmitter : int64
        Row of the transmitter.
    people : float64, people
        Users.
    traffic : float64, people s/Mbit
        Seconds that one megabit to each takes where every cell sends for the stated share of the time.
    interfered : float64, people s/Mbit
        The same, each times the part of interference in noise and interference.
    x_m, y_m : float64, m
        Middle of the block.
    """

    transmitter: Integers
    people: Floats
    traffic: Floats
    interfered: Floats
    x_m: Floats
    y_m: Floats


class LoadCoupling(NamedTuple):
    """What couples the users of a network by interference.

    Attributes
    ----------
    neighbour : (rows, NEIGHBOURS) int64
        Transmitters of other sites on the carrier, by row of the users.
    weight : (rows, NEIGHBOURS) float64
        Part of each in the interference, 1 in all; 0 where there are fewer.
    efficiency_sinr : (rows,) float64
        SINR that gives the users their mean speed at the stated load.
    interference_share : (rows,) float64
        Part of interference in noise and interference at the stated load.
    """

    neighbour: Integers
    weight: Floats
    efficiency_sinr: Floats
    interference_share: Floats


class Conditions(NamedTuple):
    """Conditions of the busy hour.

    Attributes
    ----------
    demand_mbps : float, Mbps
        Mean demand of one of the people.
    stated_load : float
        Share of the time in which every cell sends where ``BusyUsers.traffic`` was counted.
    min_activity_factor : float
        Share of the time that an idle cell sends.
    """

    demand_mbps: float
    stated_load: float
    min_activity_factor: float


def cell_table(network: NetworkModel) -> CellTable:
    """Lay out the transmitters of a network.

    Parameters
    ----------
    network : NetworkModel
        Transmitters, carriers and link budgets.

    Returns
    -------
    CellTable
        In the order of ``network.transmitters``.
    """
    table, names = network.transmitters, network.carriers[["operator", "technology"]].to_numpy(dtype=str)
    budgets = [network.radios.budget(operator, "", technology) for operator, technology in names]
    carrier = table["carrier"].to_numpy(np.int64)
    return CellTable(
        table["x_m"].to_numpy(np.float64),
        table["y_m"].to_numpy(np.float64),
        carrier,
        table["site"].to_numpy(np.int64),
        table["pathloss_class"].to_numpy(np.int64),
        distant_power_mw(table, network.radios),
        table["sectors"].to_numpy(np.float64),
        table["bandwidth_mhz"].to_numpy(np.float64),
        np.array([budget.shannon_alpha.value for budget in budgets])[carrier],
        np.array([budget.max_bits_per_s_per_hz for budget in budgets])[carrier],
        network.layers[carrier, 0],
    )


def couple(users: BusyUsers, cells: CellTable, gains: Gains) -> LoadCoupling:
    """Find who interferes with the users of each block.

    Parameters
    ----------
    users : BusyUsers
        Users by block and transmitter.
    cells : CellTable
        The transmitters.
    gains : Gains
        Their gain tables.

    Returns
    -------
    LoadCoupling
        By row of the users.

    Notes
    -----
    The 16 nearest transmitters of other sites stand for all; their parts are by power and distance over flat open
    ground.
    """
    neighbour = np.zeros((len(users.transmitter), NEIGHBOURS), dtype=np.int64)
    weight = np.zeros(neighbour.shape)
    carrier = cells.carrier[users.transmitter]
    for number in np.unique(carrier):
        own, rows = np.flatnonzero(cells.carrier == number), np.flatnonzero(carrier == number)
        tree = cKDTree(np.stack([cells.x_m[own], cells.y_m[own]], axis=1))
        asked = min(_ASKED, len(own))
        at = np.stack([users.x_m[rows], users.y_m[rows]], axis=1)
        found = own[tree.query(at, k=list(range(1, asked + 1)))[1]]
        _weigh(rows, found, users, cells, gains.table, neighbour, weight)
    of = users.transmitter
    alpha, most, layers = cells.shannon_alpha[of], cells.max_efficiency[of], cells.layers[of]
    efficiency = users.people / np.maximum(users.traffic, 1e-300) / cells.bandwidth_mhz[of]
    ratio = needed_sinrs(np.minimum(efficiency, layers * most), alpha, most, layers)
    share = users.interfered / np.maximum(users.traffic, 1e-300)
    return LoadCoupling(neighbour, weight, ratio, np.where(weight.sum(axis=1) > 0, share.clip(0, 1), 0.0))


@compiled
def _weigh(
    rows: Integers,
    found: Integers,
    users: BusyUsers,
    cells: CellTable,
    tables: Floats,
    neighbour: Integers,
    weight: Floats,
) -> None:
    """Write the parts of the transmitters of other sites, of those ``found`` (rows, asked), to the rows."""
    for k in range(len(rows)):
        row, count, whole = rows[k], 0, 0.0
        for j in found[k]:
            if count < NEIGHBOURS and cells.site[j] != cells.site[users.transmitter[row]]:
                dx, dy = cells.x_m[j] - users.x_m[row], cells.y_m[j] - users.y_m[row]
                gain = gain_at(tables[cells.pathloss_class[j] * ENVIRONMENTS], dx * dx + dy * dy)
                neighbour[row, count], weight[row, count] = j, cells.sent_mw[j] * gain
                whole += weight[row, count]
                count += 1
        for n in range(count):
            weight[row, n] = weight[row, n] / whole if whole > 0 else 0.0


def equilibrium_loads(
    users: BusyUsers, cells: CellTable, coupling: LoadCoupling, conditions: Conditions, start: Floats | None = None
) -> Floats:
    """Share of the time that each cell is busy, as busy as the others are.

    Parameters
    ----------
    users : BusyUsers
        Users by block and transmitter, in any order.
    cells : CellTable
        The transmitters.
    coupling : LoadCoupling
        Who interferes with whom, of ``couple``.
    conditions : Conditions
        Conditions of the busy hour.
    start : (cells,) float64, optional
        Activity to begin with; idle cells by default. It makes no difference beyond TOLERANCE.

    Returns
    -------
    (cells,) float64
        More than 1 where a cell is overloaded.

    Raises
    ------
    RuntimeError
        When the steps do not come to rest, which the theory excludes.

    Notes
    -----
    Load coupling of LTE (Siomina and Yuan, IEEE Trans. Wireless Commun. 11, 2012): the right-hand side is a standard
    interference function (Yates, IEEE JSAC 13, 1995), so there is one fixed point, and every start leads to it.
    """
    min_activity = conditions.min_activity_factor
    activity = np.full(len(cells.carrier), min_activity) if start is None else start.clip(min_activity, 1.0)
    for _ in range(_MAX_STEPS):
        load = _loads(users, cells, coupling, conditions, activity)
        following = min_activity + (1 - min_activity) * np.minimum(load, 1.0)
        moved, activity = float(np.abs(following - activity).max(initial=0.0)), following
        if moved <= TOLERANCE:
            return load
    raise RuntimeError(f"cell loads still move by {moved:g} after {_MAX_STEPS:,} steps")


def _loads(
    users: BusyUsers, cells: CellTable, coupling: LoadCoupling, conditions: Conditions, activity: Floats
) -> Floats:
    """Loads where cells send for these shares of the time; the same in any order of the users."""
    around = (coupling.weight * activity[coupling.neighbour]).sum(axis=1) / conditions.stated_load
    rising = 1 - coupling.interference_share + coupling.interference_share * around
    sinr = np.maximum(coupling.efficiency_sinr / rising, MIN_USABLE_SINR)
    of = users.transmitter
    efficiency = spectral_efficiencies(sinr, cells.shannon_alpha[of], cells.max_efficiency[of], cells.layers[of])
    traffic = np.rint(users.people / (efficiency * cells.bandwidth_mhz[of]) * FIXED_POINT_SCALE) / FIXED_POINT_SCALE
    return np.bincount(of, traffic, len(cells.carrier)) * conditions.demand_mbps / cells.sectors
