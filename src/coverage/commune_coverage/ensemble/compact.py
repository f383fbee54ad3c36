"""The compact model: a sample of places, all transmitters that reach them, and what a draw of the network gives them.

Path gains are found once, by the engine's own search with each transmitter on a carrier of its own. From the received
powers on, a draw goes through the engine's own functions: users, loads, coverage and speeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.ensemble.reception import (
    ActiveTransmitters,
    Cells,
    Country,
    Paths,
    SamplePlaces,
    Shadowing,
    interference_mw,
    levels_mw,
    receive,
)
from commune_coverage.radio.best_server import best_servers
from commune_coverage.radio.network_model import NetworkModel, sector_share
from commune_coverage.radio.service import parameters as service
from commune_coverage.radio.service.bit_flags import ESTIMATE, OUTDOOR, covered_bit
from commune_coverage.radio.service.carrier import Figures, ServiceInputs
from commune_coverage.radio.service.cell_load import activity_factor, residual_capacity
from commune_coverage.radio.service.load_equilibrium import (
    BusyUsers,
    CellTable,
    Conditions,
    cell_table,
    couple,
    equilibrium_loads,
)
from commune_coverage.radio.service.place import place_figures
from commune_coverage.radio.service.users import Population, offered_traffic
from commune_coverage.radio.tile import Tile, Transmitters
from commune_coverage.radio.tile_layout import Surface, lay_out, to_true_metres
from commune_coverage.radio.uncertainty import NODES_M
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
FIELD_CELL_M = 500.0
_AT_A_TIME = 512
_NEGLIGIBLE = 1e-3
"""A power so far below the thermal noise of the narrowest carrier disturbs nobody."""


class Figure(NamedTuple):
    """What a share of people is of.

    Attributes
    ----------
    kind : str
        ``covered``: outdoors by a technology; ``internet_gap``: below the headline speed in the busy hour.
    operator, technology : str
        Empty for any of them.
    """

    kind: str
    operator: str = ""
    technology: str = ""


GAP = Figure("internet_gap")


class BusyHour(NamedTuple):
    """What people ask of the network and what cells make of their spectrum.

    Attributes
    ----------
    demand_mbps : float, Mbps
        Mean demand of one of the people in the busy hour.
    alpha : (technologies,) float64
        Attenuation factor of the Shannon bound, over the one assumed.
    """

    demand_mbps: float
    alpha: Floats


class NetworkDraw(NamedTuple):
    """One network as it may be.

    Attributes
    ----------
    active : ActiveTransmitters
        Transmitters that are there.
    eirp_ratio, uplink_ratio : (active,) float64
        Radiated power over the assumed one; the same with what the uplink needs more.
    bandwidth_mhz : (active,) float64, MHz
        Bandwidth.
    shadowing : Shadowing
        Shadowing in space.
    busy : BusyHour
        Demand and efficiency.
    people_ratio : (places,) float64
        By what the people of each place are more or fewer; communes keep theirs.
    """

    active: ActiveTransmitters
    eirp_ratio: Floats
    uplink_ratio: Floats
    bandwidth_mhz: Floats
    shadowing: Shadowing
    busy: BusyHour
    people_ratio: Floats


@dataclass(frozen=True, eq=False)
class CompactModel:
    """A sample of places with the powers of all transmitters that reach them.

    Attributes
    ----------
    network : NetworkModel
        All transmitters that are there or may be.
    country : Country
        Path gains and what they are between.
    tile : Tile
        The places as the engine takes them.
    parameters : LinkParameters
        What turns powers into service, of idle cells.
    cell_table : CellTable
        Transmitters for the equilibrium of loads.
    facing : (transmitters,) float64
        Part of the power of each, when it sends, that interferes at a place: of all directions, and of its channels.
    market_share : (operators,) float64
        Market share of each operator.
    people, own_people : (places,) float64, people
        People that each place stands for, and its own.
    fixed_mbps : (places,) float64, Mbps
        Speed of a fixed line at each place, 0 for none.
    commune : (places,) int64
        Commune of each place.
    communes : int
        Number of communes.
    """

    network: NetworkModel
    country: Country
    tile: Tile
    parameters: service.LinkParameters
    cell_table: CellTable
    facing: Floats
    market_share: Floats
    people: Floats
    own_people: Floats
    fixed_mbps: Floats
    commune: Integers
    communes: int

    @property
    def operator_row(self) -> Integers:
        """Operator of each transmitter, as a row of ``network.operators``."""
        return self.parameters.receivers.operator[self.country.cells.carrier]

    @property
    def technology_row(self) -> Integers:
        """Technology of each transmitter, as a row of TECHNOLOGIES."""
        return self.parameters.receivers.technology[self.country.cells.carrier]


def compact_model(
    places: pd.DataFrame,
    network: NetworkModel,
    surface: Surface,
    communes: int,
    threshold_mbps: float,
    paths: Paths | None = None,
) -> CompactModel:
    """Find the power of every transmitter at every place of a sample.

    Parameters
    ----------
    places : DataFrame
        Sample of ``sample.sample_places``, or all places, with ``environment``, ``lon`` and ``lat`` (degrees), and
        where lines are sold ``fixed_mbps`` (Mbps).
    network : NetworkModel
        Transmitters that are there or may be.
    surface : Surface
        Elevation around the places; not read where ``paths`` are given.
    communes : int
        Number of communes.
    threshold_mbps : float, Mbps
        The headline speed.
    paths : Paths, optional
        Those of ``paths_of``, where they were found part by part.

    Returns
    -------
    CompactModel
        Of one sheet: distances are true in the middle of the sample.
    """
    layout = lay_out(places, network, surface)
    ordered = places.iloc[layout.order]
    tile, cells = layout.tile, _cells(network, layout.near, layout.tile)
    parameters = service.make_link_parameters(network, [np.zeros(len(network.transmitters))] * 3, [threshold_mbps])
    scaled = to_true_metres(parameters.transmitters, layout.true_per_m)
    table = cell_table(network)
    return CompactModel(
        network,
        Country(paths or _paths(tile, layout.near, network), _sample_places(tile), cells, network.gains),
        tile,
        parameters._replace(transmitters=scaled),
        table._replace(x_m=cells.x_m, y_m=cells.y_m),
        sector_share(network.transmitters) * network.co_channel_share(cells.carrier),
        network.market_share,
        ordered["people"].to_numpy(np.float64),
        (ordered["own_people"] if "own_people" in ordered else ordered["people"]).to_numpy(np.float64),
        ordered["fixed_mbps"].to_numpy(np.float64) if "fixed_mbps" in ordered else np.zeros(len(ordered)),
        ordered["commune"].to_numpy(np.int64),
        communes,
    )


def _cells(network: NetworkModel, near: Integers, tile: Tile) -> Cells:
    """Transmitters of the whole network; those that reach no place are where the table has them."""
    table = network.transmitters
    x_m, y_m = (table[axis].to_numpy(np.float64).copy() for axis in ("x_m", "y_m"))
    group = table["site"].to_numpy(np.int64).copy()
    x_m[near], y_m[near], group[near] = tile.transmitters.x_m, tile.transmitters.y_m, tile.transmitters.site
    return Cells(x_m, y_m, table["pathloss_class"].to_numpy(np.int64), table["carrier"].to_numpy(np.int64), group)


def _sample_places(tile: Tile) -> SamplePlaces:
    places = tile.places
    environment = np.repeat(places.environment, np.diff(places.block_start))
    row, column = (np.floor(axis / FIELD_CELL_M).astype(np.int64) for axis in (places.y_m, places.x_m))
    return SamplePlaces(places.x_m, places.y_m, environment, row, column)


def paths_of(places: pd.DataFrame, network: NetworkModel, surface: Surface) -> Paths:
    """Find the power of every transmitter at every place of a part of a sample.

    Parameters
    ----------
    places : DataFrame
        Places of the part, in the order of their 1 km cells, with ``environment``, ``lon`` and ``lat`` (degrees).
    network : NetworkModel
        Transmitters that are there or may be.
    surface : Surface
        Elevation around the places.

    Returns
    -------
    Paths
        Rows of places are those of the part.
    """
    layout = lay_out(places, network, surface)
    return _paths(layout.tile, layout.near, network)


def joined_paths(parts: Sequence[tuple[Integers, Paths]]) -> Paths:
    """Join the paths of the parts of a sample.

    Parameters
    ----------
    parts : sequence of (row, Paths)
        Of each part the row of its places in the sample, and its paths.

    Returns
    -------
    Paths
        Of each transmitter by rising place.
    """
    transmitter = np.concatenate([np.repeat(np.arange(len(one.start) - 1), np.diff(one.start)) for _, one in parts])
    place = np.concatenate([row[one.place] for row, one in parts])
    order = np.lexsort((place, transmitter))
    counts = np.sum([np.diff(one.start) for _, one in parts], axis=0)
    power_mw = np.concatenate([one.power_mw for _, one in parts])
    return Paths(np.append(0, np.cumsum(counts)).astype(np.int64), place[order].astype(np.int32), power_mw[order])


def _paths(tile: Tile, near: Integers, network: NetworkModel) -> Paths:
    """Power of each transmitter at each place by the engine's search, without what is negligible."""
    floor_mw = network.floor_mw(network.transmitters["carrier"].to_numpy(np.int64)) * _NEGLIGIBLE
    counts = np.zeros(len(network.transmitters) + 1, dtype=np.int64)
    place, power = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for first in range(0, len(near), _AT_A_TIME):
        rows = np.arange(first, min(first + _AT_A_TIME, len(near)))
        received_mw = best_servers(_each_alone(tile, rows)).received_mw
        sender, at = np.nonzero(received_mw > floor_mw[near[rows], np.newaxis])
        counts[near[rows] + 1] = np.bincount(sender, minlength=len(rows))
        place.append(at.astype(np.int32))
        power.append(received_mw[sender, at].astype(np.float32))
    return Paths(np.cumsum(counts), np.concatenate(place), np.concatenate(power))


def _each_alone(tile: Tile, rows: Integers) -> Tile:
    """The tile with some of its transmitters, each on a carrier of its own."""
    all_of, count = tile.transmitters, len(rows)
    carrier = np.searchsorted(all_of.carrier_start, rows, side="right") - 1
    alone = Transmitters._make(
        [
            np.arange(count + 1),
            all_of.frequency_ghz[carrier],
            all_of.clutter[carrier],
            *(column[rows] for column in all_of[3:]),
        ]
    )
    return tile._replace(transmitters=alone, directivity=tile.directivity.of_rows(rows))


def as_listed(model: CompactModel, is_there: npt.NDArray[np.bool_] | None = None) -> NetworkDraw:
    """Make the draw in which everything is as the network has it.

    Parameters
    ----------
    model : CompactModel
        The compact model.
    is_there : (transmitters,) bool, optional
        Transmitters that are there; all of them where None.

    Returns
    -------
    NetworkDraw
        Without shadowing in space.
    """
    cells, table = model.country.cells, model.network.transmitters
    row = np.arange(len(cells.x_m)) if is_there is None else np.flatnonzero(is_there)
    shape = len(row), 3, len(NODES_M)
    active = ActiveTransmitters(
        row, cells.x_m[row], cells.y_m[row], np.ones(shape, np.float32), np.zeros((len(row), 2), np.int64)
    )
    one, busy = np.ones((1, 1), dtype=np.float32), model.network.radios.busy_hour
    return NetworkDraw(
        active,
        np.ones(len(row)),
        np.ones(len(row)),
        table["bandwidth_mhz"].to_numpy(np.float64)[row],
        Shadowing(one, one),
        BusyHour(busy.adoption_share.value * busy.demand_mbps.value, np.ones(len(TECHNOLOGIES))),
        np.ones(len(model.people)),
    )


class Served(NamedTuple):
    """What the places get of a draw.

    Attributes
    ----------
    figures : Figures
        Service figures of the places by the engine.
    people : (places,) float64, people
        People that each stands for in the draw.
    """

    figures: Figures
    people: Floats


def serve(model: CompactModel, draw: NetworkDraw, has_loads: bool = True) -> Served:
    """Work out what the places get of a draw.

    Parameters
    ----------
    model : CompactModel
        The compact model.
    draw : NetworkDraw
        The network as it may be.
    has_loads : bool
        Whether speeds in the busy hour are asked for; coverage needs no loads.

    Returns
    -------
    Served
        Figures and people.
    """
    country, active, network = model.country, draw.active, model.network
    people = model.people * draw.people_ratio
    level_mw = levels_mw(country, active, draw.shadowing)
    received = receive(country, active, level_mw, len(network.carriers))
    faces = model.facing[active.row]
    edge_mw = interference_mw(country, active, level_mw, received, faces * network.radios.conditions.load)
    carriers = np.unique(country.cells.carrier[active.row])
    at = service.Received(
        received.power_mw[carriers],
        received.dominant_mw[carriers],
        edge_mw[carriers],
        edge_mw[carriers],
        received.server[carriers],
        np.arange(len(network.transmitters)),
        carriers,
    )
    inputs = ServiceInputs(model.tile.places, at, _parameters_of(model, draw), len(network.operators))
    if has_loads:
        load = _loads(model, draw, inputs, people)
        activity = activity_factor(load, network.radios.busy_hour.min_activity_factor)[active.row]
        busy_mw = interference_mw(country, active, level_mw, received, faces * activity)[carriers]
        inputs = ServiceInputs(
            inputs.places,
            at._replace(busy_interference_mw=busy_mw),
            _with_capacity(inputs.parameters, residual_capacity(load)),
            inputs.operators,
        )
    rows = np.arange(len(people))
    return Served(place_figures(inputs, model.fixed_mbps, rows), people)


def _parameters_of(model: CompactModel, draw: NetworkDraw) -> service.LinkParameters:
    """The engine's parameters with the power, bandwidth and efficiency of the draw."""
    of, row = model.parameters.transmitters, draw.active.row
    noise, width, uplink = of.noise_mw.copy(), of.bandwidth_mhz.copy(), of.uplink_threshold_mw.copy()
    noise[row] *= draw.bandwidth_mhz / width[row]
    width[row], uplink[row] = draw.bandwidth_mhz, uplink[row] * draw.uplink_ratio
    receivers = model.parameters.receivers
    alpha = receivers.shannon_alpha * draw.busy.alpha[receivers.technology]
    return model.parameters._replace(
        transmitters=of._replace(noise_mw=noise, bandwidth_mhz=width, uplink_threshold_mw=uplink),
        receivers=receivers._replace(shannon_alpha=alpha),
    )


def _with_capacity(parameters: service.LinkParameters, left: Floats) -> service.LinkParameters:
    return parameters._replace(transmitters=parameters.transmitters._replace(residual_capacity=left))


def _loads(model: CompactModel, draw: NetworkDraw, inputs: ServiceInputs, people: Floats) -> Floats:
    """Share of the time that each transmitter is busy, 0 for those that are not there."""
    network, row = model.network, draw.active.row
    population = Population(people, model.market_share)
    users = offered_traffic(inputs, population, np.ones(len(inputs.places.environment), dtype=np.bool_))
    place = np.searchsorted(row, users.near)
    busy_users = BusyUsers(place, users.people, users.traffic, users.interfered, users.x_m, users.y_m)
    cells = CellTable._make(column[row] for column in model.cell_table)
    alpha = cells.shannon_alpha * draw.busy.alpha[model.technology_row[row]]
    cells = cells._replace(
        sent_mw=cells.sent_mw * draw.eirp_ratio, bandwidth_mhz=draw.bandwidth_mhz, shannon_alpha=alpha
    )
    conditions = Conditions(
        draw.busy.demand_mbps, network.radios.conditions.load, network.radios.busy_hour.min_activity_factor
    )
    load = np.zeros(len(network.transmitters))
    load[row] = equilibrium_loads(busy_users, cells, couple(busy_users, cells, network.gains), conditions)
    return load


def holds(model: CompactModel, served: Served, figure: Figure) -> npt.NDArray[np.bool_]:
    """Whether a figure counts the people of each place.

    Parameters
    ----------
    model : CompactModel
        The compact model.
    served : Served
        What the places get.
    figure : Figure
        What is counted.

    Returns
    -------
    (places,) bool
        By place.
    """
    if figure == GAP:
        return np.asarray(served.figures.busy_mbps < model.parameters.common.thresholds_mbps[0])
    operators = len(model.network.operators)
    operator = model.network.operators.index(figure.operator) if figure.operator else operators
    bit = covered_bit(OUTDOOR, TECHNOLOGIES.index(figure.technology), operator, operators)
    return np.asarray((served.figures.flags[:, bit] >> ESTIMATE) & 1 > 0)


def commune_shares(model: CompactModel, served: Served, figures: list[Figure]) -> Floats:
    """Shares of the people of each commune.

    Parameters
    ----------
    model : CompactModel
        The compact model.
    served : Served
        What the places get.
    figures : list of Figure
        What is counted.

    Returns
    -------
    (figures, communes) float64
        NaN for a commune without people.
    """
    return shares_of(model, np.array([holds(model, served, figure) for figure in figures]), served.people)


def shares_of(model: CompactModel, is_so: npt.NDArray[np.bool_], people: Floats) -> Floats:
    """Shares of the people of each commune of whom something is so.

    Parameters
    ----------
    model : CompactModel
        The compact model.
    is_so : (figures, places) bool
        By place.
    people : (places,) float64, people
        People that each place stands for.

    Returns
    -------
    (figures, communes) float64
        NaN for a commune without people.
    """
    whole = np.bincount(model.commune, people, model.communes)
    parts = [np.bincount(model.commune, people * one, model.communes) for one in is_so]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.array(parts).reshape(-1, model.communes) / whole
