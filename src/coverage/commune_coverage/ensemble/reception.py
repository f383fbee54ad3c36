"""What a drawn network gives the places of a sample: servers and interference from stored path gains.

The path gains are the engine's. A draw multiplies them by what it takes to be different: the radiated power, the law
of the environment, the height and the band by distance, the position of a mast, and shadowing that varies in space.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.radio.interference.distant_cells import NEAR_INTERFERENCE_RADIUS_M
from commune_coverage.radio.path_gain_tables import Gains, gain_at
from commune_coverage.radio.tile import ENVIRONMENTS, NO_SERVER
from commune_coverage.radio.uncertainty import node_at

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Servers = npt.NDArray[np.int32]
_SERVES_BESIDE = 10 ** (-1.5 / 10)
"""A cell so little weaker than the server serves within the same 1 km somewhere."""


class Paths(NamedTuple):
    """Power that each place of a sample receives of each transmitter that reaches it, transmitter by transmitter.

    Attributes
    ----------
    start : (transmitters + 1,) int64
        First path of each transmitter, and the number of paths.
    place : (paths,) int32
        Row of the place.
    power_mw : (paths,) float32, mW
        Median power by the engine's law, with all that it assumes.
    """

    start: Integers
    place: Servers
    power_mw: Singles


class SamplePlaces(NamedTuple):
    """Places of a sample.

    Attributes
    ----------
    x_m, y_m : (places,) float64, m
        Position.
    environment : (places,) int64
        Row of the environment in ``NAMES``.
    row, column : (places,) int64
        Cell of the grids of shadowing, before the corner of a draw.
    """

    x_m: Floats
    y_m: Floats
    environment: Integers
    row: Integers
    column: Integers


class Cells(NamedTuple):
    """Transmitters as the network has them, (transmitters,) each.

    Attributes
    ----------
    x_m, y_m : float64, m
        Position.
    pathloss_class : int64
        Row in the gain tables.
    carrier, group : int64
        Carrier, and what does not interfere with each other.
    """

    x_m: Floats
    y_m: Floats
    pathloss_class: Integers
    carrier: Integers
    group: Integers


class ActiveTransmitters(NamedTuple):
    """Transmitters that are there in a draw, by rising row.

    Attributes
    ----------
    row : (active,) int64
        Row in the network.
    x_m, y_m : (active,) float64, m
        Position.
    ratio : (active, environments, nodes) float32
        Received power over that of the network, by distance, see ``uncertainty.NODES_M``.
    corner : (active, 2) int64
        Where in the grid of own shadowing it begins; the same for all of a mast.
    """

    row: Integers
    x_m: Floats
    y_m: Floats
    ratio: Singles
    corner: Integers


class Shadowing(NamedTuple):
    """Shadowing that varies in space, as ratios on grids whose ends meet.

    Attributes
    ----------
    common : (rows, columns) float32
        What all masts share, by the place.
    own : (rows, columns) float32
        What each mast has for itself, read from its own corner.
    """

    common: Singles
    own: Singles


class Received(NamedTuple):
    """Power of the active transmitters at the places, carrier by carrier of the network.

    Attributes
    ----------
    power_mw : (carriers, places) float32, mW
        Median power of the server.
    dominant_mw : (carriers, places) float32, mW
        Strongest other cell that is within 6 km or so strong that it serves nearby.
    server : (carriers, places) int32
        Row of the server in the network, NO_SERVER without one.
    """

    power_mw: Singles
    dominant_mw: Singles
    server: Servers


class Country(NamedTuple):
    """What is the same in all draws.

    Attributes
    ----------
    paths : Paths
        Path gains.
    places : SamplePlaces
        Places of the sample.
    cells : Cells
        Transmitters.
    gains : Gains
        Gain tables, by which a mast that stands elsewhere gives more or less.
    """

    paths: Paths
    places: SamplePlaces
    cells: Cells
    gains: Gains


def levels_mw(country: Country, active: ActiveTransmitters, shadowing: Shadowing) -> Singles:
    """Power of each path of the active transmitters.

    Parameters
    ----------
    country : Country
        Path gains, places and transmitters.
    active : ActiveTransmitters
        Transmitters of the draw.
    shadowing : Shadowing
        Shadowing of the draw.

    Returns
    -------
    (paths,) float32, mW
        Sender by sender, in the order of ``Paths``.
    """
    count = int((country.paths.start[active.row + 1] - country.paths.start[active.row]).sum())
    result = np.empty(count, dtype=np.float32)
    _levels(country, active, shadowing, result)
    return result


@compiled
def _levels(country: Country, active: ActiveTransmitters, shadowing: Shadowing, result: Singles) -> None:
    """Power of every path. Writes ``result``."""
    paths, places, cells, gains = country.paths, country.places, country.cells, country.gains
    rows, columns = shadowing.common.shape
    n = 0
    for k in range(len(active.row)):
        j = active.row[k]
        is_moved = active.x_m[k] != cells.x_m[j] or active.y_m[k] != cells.y_m[j]
        for path in range(paths.start[j], paths.start[j + 1]):
            place = paths.place[path]
            environment = places.environment[place]
            dx, dy = cells.x_m[j] - places.x_m[place], cells.y_m[j] - places.y_m[place]
            square = dx * dx + dy * dy
            power = np.float64(paths.power_mw[path]) * active.ratio[k, environment, node_at(square)]
            if is_moved:
                table = gains.table[cells.pathloss_class[j] * ENVIRONMENTS + environment]
                dx, dy = active.x_m[k] - places.x_m[place], active.y_m[k] - places.y_m[place]
                usual = gain_at(table, square)
                power *= gain_at(table, dx * dx + dy * dy) / usual if usual > 0 else 1.0
            power *= shadowing.common[places.row[place] % rows, places.column[place] % columns]
            row, column = places.row[place] + active.corner[k, 0], places.column[place] + active.corner[k, 1]
            result[n] = power * shadowing.own[row % rows, column % columns]
            n += 1


def receive(country: Country, active: ActiveTransmitters, level_mw: Singles, carriers: int) -> Received:
    """Find the best server of each carrier at each place, and the strongest other cell.

    Parameters
    ----------
    country : Country
        Path gains, places and transmitters.
    active : ActiveTransmitters
        Transmitters of the draw.
    level_mw : (paths,) float32, mW
        Powers of ``levels_mw``.
    carriers : int
        Carriers of the network.

    Returns
    -------
    Received
        Of two equal powers the transmitter of the lower row serves. As in ``interference.kernel``, other cells count as
        the strongest one where they are near, or serve in the same 1 km: here, where they are within 1.5 dB.
    """
    shape = carriers, len(country.places.x_m)
    power, other = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    result = Received(power, other, np.full(shape, NO_SERVER, dtype=np.int32))
    _serve(country, active, level_mw, result)
    return result


@compiled
def _serve(country: Country, active: ActiveTransmitters, level_mw: Singles, result: Received) -> None:
    """Find servers, then the strongest of the others. Writes ``result``."""
    paths, cells, n = country.paths, country.cells, 0
    for k in range(len(active.row)):
        j = active.row[k]
        power, server = result.power_mw[cells.carrier[j]], result.server[cells.carrier[j]]
        for path in range(paths.start[j], paths.start[j + 1]):
            place = paths.place[path]
            if level_mw[n] > power[place]:
                power[place], server[place] = level_mw[n], j
            n += 1
    n = 0
    for k in range(len(active.row)):
        j = active.row[k]
        carrier = cells.carrier[j]
        other, power, server = result.dominant_mw[carrier], result.power_mw[carrier], result.server[carrier]
        for path in range(paths.start[j], paths.start[j + 1]):
            place = paths.place[path]
            if cells.group[j] != cells.group[server[place]] and level_mw[n] > other[place]:
                dx, dy = cells.x_m[j] - country.places.x_m[place], cells.y_m[j] - country.places.y_m[place]
                is_near = dx * dx + dy * dy < NEAR_INTERFERENCE_RADIUS_M * NEAR_INTERFERENCE_RADIUS_M
                if is_near or level_mw[n] >= _SERVES_BESIDE * power[place]:
                    other[place] = level_mw[n]
            n += 1


def interference_mw(
    country: Country, active: ActiveTransmitters, level_mw: Singles, received: Received, sent_share: Floats
) -> Singles:
    """Sum what the other cells of each carrier send to each place.

    Parameters
    ----------
    country : Country
        Path gains, places and transmitters.
    active : ActiveTransmitters
        Transmitters of the draw.
    level_mw : (paths,) float32, mW
        Powers of ``levels_mw``.
    received : Received
        Servers of ``receive``.
    sent_share : (active,) float64
        Part of its power that each sends on the channel of a receiver in the mean over time.

    Returns
    -------
    (carriers, places) float32, mW
        0 without a server.
    """
    result = np.zeros(received.power_mw.shape)
    _add_up(country, active, level_mw, received, sent_share, result)
    return result.astype(np.float32)


@compiled
def _add_up(
    country: Country,
    active: ActiveTransmitters,
    level_mw: Singles,
    received: Received,
    sent_share: Floats,
    result: Floats,
) -> None:
    """Sum over the active transmitters. Writes ``result``."""
    paths, cells, n = country.paths, country.cells, 0
    for k in range(len(active.row)):
        j = active.row[k]
        total, server = result[cells.carrier[j]], received.server[cells.carrier[j]]
        for path in range(paths.start[j], paths.start[j + 1]):
            place = paths.place[path]
            if cells.group[j] != cells.group[server[place]]:
                total[place] += level_mw[n] * sent_share[k]
            n += 1
