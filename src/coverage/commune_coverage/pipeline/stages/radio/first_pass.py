"""The first pass over a tile: who serves which place, what interferes there, and the users of each transmitter.

It starts from the result of the previous run, and computes only the blocks that can differ; without a previous run that
is all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.config.country import Country
from commune_coverage.core.jit import read_only
from commune_coverage.pipeline.stages.radio.artifacts import (
    ChangedPlaces,
    Served,
    SignalFiles,
    carrier_offsets_db,
    merged,
    read_left,
    write_left,
)
from commune_coverage.pipeline.stages.radio.incremental import (
    REMOVED,
    NetworkDiff,
    PreviousTile,
    network_diff,
    previous_tile,
)
from commune_coverage.pipeline.stages.radio.network import lay_out_tile, link_parameters_for, network_for
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.best_server import BestServers, SearchMask, search_servers
from commune_coverage.radio.incremental import mark_blocks, mark_near, mark_where_new_may_serve
from commune_coverage.radio.interference.candidates import CellActivity
from commune_coverage.radio.interference.distant_cells import add_distant_interference
from commune_coverage.radio.interference.kernel import (
    CarrierLimits,
    InterferenceParts,
    NearInterference,
    all_interference,
    near_interference,
)
from commune_coverage.radio.network_model import NetworkModel, distant_power_mw, sector_share
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import LinkParameters, Received
from commune_coverage.radio.service.users import Population, offered_traffic
from commune_coverage.radio.tile import Tile
from commune_coverage.radio.tile_layout import TileLayout, to_true_metres, within_reach
from commune_coverage.radio.transmitters import farthest_m

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


class TileInputs(NamedTuple):
    """A tile with all that its passes read: the network, and the difference to that of the previous run.

    ``removed`` is the same tile with the transmitters that are no more and the gain tables of those.
    """

    network: NetworkModel
    layout: TileLayout
    diff: NetworkDiff
    removed: Tile
    removed_mw: Floats
    people: Floats

    @property
    def tile(self) -> Tile:
        return self.layout.tile

    @property
    def keys(self) -> Integers:
        """Of the transmitters near the tile."""
        return self.network.transmitters["key"].to_numpy(np.int64)[self.layout.near]

    @property
    def is_new(self) -> Flags:
        """Of the transmitters near the tile."""
        return self.diff.is_new[self.layout.near]

    @property
    def distant_mw(self) -> Floats:
        """Of the transmitters near the tile, what each adds to the distant interference."""
        return distant_power_mw(self.network.transmitters, self.network.radios)[self.layout.near]


def tile_inputs(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> TileInputs:
    """Read the places of a tile and lay them out with the transmitters that reach them, now and before."""
    network, places = network_for(files, country), read_tile(files.places_folder, tile)
    layout, diff = lay_out_tile(places, network, country), network_diff(before, network)
    reach_m = farthest_m(diff.removed, diff.removed_gains)
    rows = within_reach(diff.removed, places, reach_m, network.scale)
    rows = rows[diff.removed["carrier"].isin(layout.carriers).to_numpy()[rows]]
    removed, directivity = diff.removed.iloc[rows], diff.removed_directivity.of_rows(rows)
    return TileInputs(
        network,
        layout,
        diff,
        layout.with_transmitters(removed, network, diff.removed_gains, directivity),
        distant_power_mw(removed, network.radios),
        places["people"].to_numpy()[layout.order],
    )


def serve_tile(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write servers, interference at the stated load and users of a tile."""
    if files.servers(tile).is_file():
        return
    inputs = tile_inputs(files, before, country, tile)
    shape = len(inputs.people), len(inputs.tile.places.environment)
    previous = previous_tile(inputs.diff, inputs.keys, inputs.layout.carriers, tile, shape)
    served = _distant_interference(inputs, _servers(inputs, previous))
    mask = _near_blocks(inputs, previous, served)
    served = _interference(inputs, previous.served, served, mask)
    changed = _changed(previous, served)
    write_left(files.changed(tile), ChangedPlaces(mask, changed))
    parameters = link_parameters_for(files, country, None)
    write_left(files.servers(tile), _users(inputs, served, changed, parameters))


def _servers(inputs: TileInputs, previous: PreviousTile) -> Served:
    tile, old = inputs.tile, previous.served
    full = _unknown(inputs, previous)
    mark_blocks(tile.places, old.server == REMOVED, full)
    mask = SearchMask(full, full.copy(), inputs.is_new)
    mark_where_new_may_serve(tile, mask.is_new, old.power_mw, mask.incremental)
    servers = BestServers(old.power_mw.copy(), old.server.copy())
    search_servers(tile, mask, servers)
    return old._replace(power_mw=servers.received_mw, server=servers.server)


def _unknown(inputs: TileInputs, previous: PreviousTile) -> Flags:
    """(carriers, blocks): all blocks of the carriers that the previous run did not have."""
    blocks = len(inputs.tile.places.environment)
    return np.repeat(~previous.known, blocks).reshape(len(previous.known), blocks)


def _distant_interference(inputs: TileInputs, served: Served) -> Served:
    """Take removed transmitters out of the distant interference and add the new ones. Changes it in place."""
    corner_mw, everyone = served.distant_interference, np.ones(len(inputs.removed_mw), dtype=np.bool_)
    add_distant_interference(inputs.removed, -inputs.removed_mw, everyone, corner_mw)
    add_distant_interference(inputs.tile, inputs.distant_mw, inputs.is_new, corner_mw)
    return served


def _near_blocks(inputs: TileInputs, previous: PreviousTile, served: Served) -> Flags:
    """(carriers, blocks) whose near interference can differ: other servers, or transmitters near that came or went."""
    mask = _unknown(inputs, previous)
    mark_blocks(inputs.tile.places, served.server != previous.served.server, mask)
    mark_near(inputs.tile, inputs.is_new, mask)
    mark_near(inputs.removed, np.ones(len(inputs.removed_mw), dtype=np.bool_), mask)
    return mask


def _interference(inputs: TileInputs, old: Served, served: Served, mask: Flags) -> Served:
    network = inputs.network
    load = sector_share(network.transmitters)[inputs.layout.near] * network.radios.conditions.load
    near = NearInterference(old.near_interference_mw.copy(), old.dominant_mw.copy())
    edge_mw = interference_of(inputs, served, Sending(load, np.ones(len(network.carriers))), mask, near)
    return served._replace(
        near_interference_mw=near.near_mw, dominant_mw=near.dominant_mw, cell_edge_interference_mw=edge_mw
    )


class Sending(NamedTuple):
    """How much cells send: the ``load`` of the transmitters near the tile, and ``distant_share`` of all carriers."""

    load: Floats
    distant_share: Floats


def interference_of(
    inputs: TileInputs, served: Served, sending: Sending, mask: Flags, near: NearInterference
) -> Singles:
    """All interference in mW (carriers, places). Writes ``near`` in the blocks of the mask."""
    network, carriers = inputs.network, inputs.layout.carriers
    of_transmitter = sending.distant_share[network.transmitters["carrier"].to_numpy()[inputs.layout.near]]
    activity = CellActivity(sending.load, inputs.distant_mw * of_transmitter)
    near_interference(inputs.tile, served.server, activity, mask, near, served.power_mw)
    parts = InterferenceParts(served.server, near.near_mw, served.distant_interference)
    shares = network.co_channel_share(carriers), network.floor_mw(carriers), sending.distant_share[carriers]
    limits = CarrierLimits(*shares)
    return all_interference(inputs.tile, parts, limits)


def _changed(previous: PreviousTile, served: Served) -> Flags:
    """Places of which anything differs from the previous run."""
    changed = previous.lost.copy()
    for name in ("server", "power_mw", "dominant_mw", "cell_edge_interference_mw"):
        changed |= (getattr(served, name) != getattr(previous.served, name)).any(axis=0)
    return changed


def count_users_of_tile(files: SignalFiles, _before: SignalFiles | None, country: Country, tile: int) -> None:
    """Count the users of a tile once more, with the level offsets that the first pass could not know."""
    inputs, served = tile_inputs(files, None, country, tile), read_left(Served, files.servers(tile))
    parameters, everywhere = link_parameters_for(files, country, None), np.ones(len(inputs.people), dtype=np.bool_)
    offsets_db = carrier_offsets_db(files, inputs.network.carriers)
    write_left(files.servers(tile), _users(inputs, served, everywhere, parameters, offsets_db))


def _users(
    inputs: TileInputs, served: Served, changed: Flags, parameters: LinkParameters, offsets_db: Floats | None = None
) -> Served:
    mask = np.zeros((1, len(inputs.tile.places.environment)), dtype=np.bool_)
    mark_blocks(inputs.tile.places, changed[np.newaxis], mask)
    service = service_inputs(inputs, served, served.cell_edge_interference_mw, parameters, offsets_db)
    users = offered_traffic(service, Population(inputs.people, inputs.network.market_share), mask[0])
    scale = inputs.layout.true_per_m
    users = merged(served.users, users._replace(x_m=users.x_m / scale, y_m=users.y_m / scale), mask[0])
    return served._replace(**{f"users_{name}": column for name, column in users._asdict().items()})


def service_inputs(
    inputs: TileInputs, served: Served, busy_mw: Singles, parameters: LinkParameters, offsets_db: Floats | None = None
) -> ServiceInputs:
    """What the service figures of a tile follow from, with this interference in the busy hour.

    ``offsets_db`` (carriers of the network) raise the power of each carrier, the server's and what disturbs it alike.
    """
    layout = inputs.layout
    ratio = np.ones(len(layout.carriers)) if offsets_db is None else 10 ** (offsets_db[layout.carriers] / 10)

    def raised(power_mw: Singles) -> Singles:
        return power_mw if (ratio == 1).all() else (power_mw * ratio[:, np.newaxis]).astype(np.float32)

    received = Received(
        raised(served.power_mw),
        raised(served.dominant_mw),
        raised(served.cell_edge_interference_mw),
        raised(busy_mw),
        served.server,
        layout.near,
        layout.carriers,
    )
    transmitters = to_true_metres(parameters.transmitters, layout.true_per_m)
    parameters = parameters._replace(transmitters=transmitters)
    return read_only(ServiceInputs(inputs.tile.places, received, parameters, len(inputs.network.operators)))
