"""The first pass over a tile: who serves which place, what disturbs it, and whom each transmitter has to serve.

It goes on from what an earlier run found, and asks only the blocks that can differ; without an earlier run that
is all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.config.country import Country
from commune_coverage.pipeline.stages.radio.artifacts import ChangedPlaces, Served, SignalFiles, merged, write_left
from commune_coverage.pipeline.stages.radio.incremental import (
    REMOVED,
    NetworkDiff,
    PreviousTile,
    network_diff,
    previous_tile,
)
from commune_coverage.pipeline.stages.radio.network import (
    Network,
    far_mw,
    lay_out_tile,
    link_parameters_for,
    network_for,
    seen_share,
)
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.best_server import SearchMask, search_servers
from commune_coverage.radio.incremental import mark_blocks, mark_near, mark_where_new_may_serve
from commune_coverage.radio.interference.distant_cells import Corners, add_distant_interference, corners_of
from commune_coverage.radio.interference.kernel import all_interference, near_interference
from commune_coverage.radio.service.parameters import Received
from commune_coverage.radio.tile_layout import Tile, Transmitters, lay_out_transmitters, within_reach
from commune_coverage.radio.traffic.users import offered_traffic
from commune_coverage.radio.transmitters import farthest_m

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


class TileInputs(NamedTuple):
    """A tile with all that its passes look at: the network of now, and what of it was otherwise the run before."""

    network: Network
    here: Tile
    corners: Corners
    before: NetworkDiff
    gone: Transmitters
    gone_far_mw: Floats
    people: Floats

    @property
    def keys(self) -> Integers:
        """Of the transmitters near the tile."""
        return self.network.transmitters["key"].to_numpy(np.int64)[self.here.near]


def tile_inputs(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> TileInputs:
    network, places = network_for(files, country), read_tile(files.folder, tile)
    here, then = lay_out_tile(places, network, country), network_diff(before, network)
    gone = then.gone.iloc[within_reach(then.gone, places, farthest_m(then.gone, then.gone_gains))]
    gone = gone[gone["channel"].isin(here.channels)]
    return TileInputs(
        network,
        here,
        corners_of(here.places),
        then,
        lay_out_transmitters(gone, network.channels, here.channels, network.radios),
        far_mw(gone, network.radios),
        places["people"].to_numpy()[here.order],
    )


def serve_tile(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write servers, interference at the stated load and users of a tile."""
    if files.servers(tile).is_file():
        return
    inputs = tile_inputs(files, before, country, tile)
    shape = len(inputs.people), len(inputs.here.places.environment)
    old = previous_tile(inputs.before, inputs.keys, inputs.here.channels, tile, shape)
    served = _field(inputs, _servers(inputs, old))
    asked = _near_blocks(inputs, old, served)
    served = _interference(inputs, old.served, served, asked)
    moved = _moved(old, served)
    write_left(files.moved(tile), ChangedPlaces(asked, moved))
    write_left(files.servers(tile), _users(inputs, served, moved, files, country))


def _servers(inputs: TileInputs, earlier: PreviousTile) -> Served:
    here, old, gains = inputs.here, earlier.served, inputs.network.gains
    full = _unknown(inputs, earlier)
    mark_blocks(here.places, old.server == REMOVED, full)
    asked = SearchMask(full, full.copy(), inputs.before.is_new[here.near])
    mark_where_new_may_serve(here.places, here.transmitters, gains, asked.is_new, old.power_mw, asked.incremental)
    power, server = old.power_mw.copy(), old.server.copy()
    search_servers(here.places, here.transmitters, gains, here.antennas, here.ground, asked, power, server)
    return old._replace(power_mw=power, server=server)


def _unknown(inputs: TileInputs, earlier: PreviousTile) -> Flags:
    """(channels, blocks): all of the channels of which the earlier run knew nothing."""
    blocks = len(inputs.here.places.environment)
    return np.repeat(~earlier.known, blocks).reshape(len(earlier.known), blocks)


def _field(inputs: TileInputs, served: Served) -> Served:
    here, field = inputs.here, served.distant_interference
    places, gains = here.places, inputs.network.gains
    sent, is_new = (
        far_mw(inputs.network.transmitters, inputs.network.radios)[here.near],
        inputs.before.is_new[here.near],
    )
    everyone = np.ones(len(inputs.gone.x_m), dtype=np.bool_)
    add_distant_interference(
        places, inputs.corners, inputs.gone, inputs.before.gone_gains, inputs.gone_far_mw, everyone, -1, field
    )
    add_distant_interference(places, inputs.corners, here.transmitters, gains, sent, is_new, 1, field)
    return served._replace(distant_interference=field)


def _near_blocks(inputs: TileInputs, earlier: PreviousTile, served: Served) -> Flags:
    """(channels, blocks) whose near interference can differ: other servers, or transmitters near that came or went."""
    places, asked = inputs.here.places, _unknown(inputs, earlier)
    mark_blocks(places, served.server != earlier.served.server, asked)
    mark_near(places, inputs.corners, inputs.here.transmitters, inputs.before.is_new[inputs.here.near], asked)
    mark_near(places, inputs.corners, inputs.gone, np.ones(len(inputs.gone.x_m), dtype=np.bool_), asked)
    return asked


def _interference(inputs: TileInputs, old: Served, served: Served, asked: Flags) -> Served:
    network, here = inputs.network, inputs.here
    load = seen_share(network.transmitters)[here.near] * network.radios.conditions.load
    near, strongest = old.near_interference_mw.copy(), old.dominant_mw.copy()
    edge = interference_of(inputs, served, load, asked, near, strongest)
    return served._replace(near_interference_mw=near, dominant_mw=strongest, cell_edge_interference_mw=edge)


def interference_of(
    inputs: TileInputs, served: Served, load: Floats, asked: Flags, near_interference_mw: Singles, dominant_mw: Singles
) -> Singles:
    """All interference in mW (channels, places); near cells and the strongest of them again where ``asked``."""
    network, here = inputs.network, inputs.here
    near_interference(
        here.places,
        inputs.corners,
        here.transmitters,
        network.gains,
        here.antennas,
        here.ground,
        served.server,
        load,
        far_mw(network.transmitters, network.radios)[here.near],
        asked,
        near_interference_mw,
        dominant_mw,
    )
    return all_interference(
        here.places,
        inputs.corners,
        served.distant_interference,
        near_interference_mw,
        served.server,
        network.same_carrier_share(here.channels),
        network.floor_mw(here.channels),
    )


def _moved(earlier: PreviousTile, served: Served) -> Flags:
    """Places of which anything differs from the earlier run."""
    found = earlier.lost.copy()
    for name in ("server", "power_mw", "dominant_mw", "cell_edge_interference_mw"):
        found |= (getattr(served, name) != getattr(earlier.served, name)).any(axis=0)
    return found


def _users(inputs: TileInputs, served: Served, moved: Flags, files: SignalFiles, country: Country) -> Served:
    here, asked = inputs.here, np.zeros((1, len(inputs.here.places.environment)), dtype=np.bool_)
    mark_blocks(here.places, moved[np.newaxis], asked)
    received = received_of(inputs, served, served.cell_edge_interference_mw)
    parameters, market = link_parameters_for(files, country, None), inputs.network.market
    users = offered_traffic(here.places, inputs.people, received, parameters, market, asked[0])
    users = merged(served.users, users, asked[0])
    return served._replace(**{f"users_{name}": column for name, column in users._asdict().items()})


def received_of(inputs: TileInputs, served: Served, busy_mw: Singles) -> Received:
    here = inputs.here
    return Received(
        served.power_mw,
        served.dominant_mw,
        served.cell_edge_interference_mw,
        busy_mw,
        served.server,
        here.near,
        here.channels,
    )
