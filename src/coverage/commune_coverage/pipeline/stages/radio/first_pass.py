"""The first pass over a tile: who serves which place, what disturbs it, and whom each transmitter has to serve.

It goes on from what an earlier night found, and asks only the blocks that can differ; without an earlier night that
is all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.config.country import Country
from commune_coverage.pipeline.stages.radio.artifacts import Moved, Served, SignalFiles, merged, write_left
from commune_coverage.pipeline.stages.radio.incremental import GONE, Before, Earlier, before_of, earlier_in
from commune_coverage.pipeline.stages.radio.network import (
    Network,
    far_mw,
    lay_out_tile,
    network_for,
    seen_share,
    terms_for,
)
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.best_server import Search, search_servers
from commune_coverage.radio.incremental import mark_blocks, mark_near, mark_where_new_may_serve
from commune_coverage.radio.interference.distant_cells import Corners, add_far_field, corners_of
from commune_coverage.radio.interference.kernel import all_interference, near_interference
from commune_coverage.radio.service.parameters import Received
from commune_coverage.radio.tile_layout import Tile, Transmitters, lay_out_transmitters, within_reach
from commune_coverage.radio.traffic.users import users_and_work
from commune_coverage.radio.transmitters import farthest_m

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


class Scene(NamedTuple):
    """A tile with all that its passes look at: the network of now, and what of it was otherwise the night before."""

    network: Network
    here: Tile
    corners: Corners
    before: Before
    gone: Transmitters
    gone_far_mw: Floats
    people: Floats

    @property
    def keys(self) -> Integers:
        """Of the transmitters near the tile."""
        return self.network.transmitters["key"].to_numpy(np.int64)[self.here.near]


def scene_of(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> Scene:
    network, places = network_for(files, country), read_tile(files.folder, tile)
    here, then = lay_out_tile(places, network, country), before_of(before, network)
    gone = then.gone.iloc[within_reach(then.gone, places, farthest_m(then.gone, then.gone_gains))]
    gone = gone[gone["channel"].isin(here.channels)]
    return Scene(
        network, here, corners_of(here.places), then,
        lay_out_transmitters(gone, network.channels, here.channels, network.radios), far_mw(gone, network.radios),
        places["people"].to_numpy()[here.order],
    )  # fmt: skip


def serve_tile(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write servers, interference at the stated load and users of a tile."""
    if files.servers(tile).is_file():
        return
    scene = scene_of(files, before, country, tile)
    shape = len(scene.people), len(scene.here.places.environment)
    old = earlier_in(scene.before, scene.keys, scene.here.channels, tile, shape)
    served = _field(scene, _servers(scene, old))
    asked = _near_blocks(scene, old, served)
    served = _interference(scene, old.served, served, asked)
    moved = _moved(old, served)
    write_left(files.moved(tile), Moved(asked, moved))
    write_left(files.servers(tile), _users(scene, served, moved, files, country))


def _servers(scene: Scene, earlier: Earlier) -> Served:
    here, old, gains = scene.here, earlier.served, scene.network.gains
    of_all = _unknown(scene, earlier)
    mark_blocks(here.places, old.server == GONE, of_all)
    asked = Search(of_all, of_all.copy(), scene.before.is_new[here.near])
    mark_where_new_may_serve(here.places, here.transmitters, gains, asked.is_new, old.power_mw, asked.of_new)
    power, server = old.power_mw.copy(), old.server.copy()
    search_servers(here.places, here.transmitters, gains, here.masts, here.ground, asked, power, server)
    return old._replace(power_mw=power, server=server)


def _unknown(scene: Scene, earlier: Earlier) -> Flags:
    """(channels, blocks): all of the channels of which the earlier night knew nothing."""
    blocks = len(scene.here.places.environment)
    return np.repeat(~earlier.known, blocks).reshape(len(earlier.known), blocks)


def _field(scene: Scene, served: Served) -> Served:
    here, field = scene.here, served.far_field
    places, gains = here.places, scene.network.gains
    sent, is_new = far_mw(scene.network.transmitters, scene.network.radios)[here.near], scene.before.is_new[here.near]
    everyone = np.ones(len(scene.gone.x_m), dtype=np.bool_)
    add_far_field(
        places, scene.corners, scene.gone, scene.before.gone_gains, scene.gone_far_mw, everyone, -1, field
    )  # fmt: skip
    add_far_field(places, scene.corners, here.transmitters, gains, sent, is_new, 1, field)
    return served._replace(far_field=field)


def _near_blocks(scene: Scene, earlier: Earlier, served: Served) -> Flags:
    """(channels, blocks) whose near interference can differ: other servers, or transmitters near that came or went."""
    places, asked = scene.here.places, _unknown(scene, earlier)
    mark_blocks(places, served.server != earlier.served.server, asked)
    mark_near(places, scene.corners, scene.here.transmitters, scene.before.is_new[scene.here.near], asked)
    mark_near(places, scene.corners, scene.gone, np.ones(len(scene.gone.x_m), dtype=np.bool_), asked)
    return asked


def _interference(scene: Scene, old: Served, served: Served, asked: Flags) -> Served:
    network, here = scene.network, scene.here
    load = seen_share(network.transmitters)[here.near] * network.radios.conditions.load
    near, strongest = old.near_mw.copy(), old.strongest_mw.copy()
    edge = interference_of(scene, served, load, asked, near, strongest)
    return served._replace(near_mw=near, strongest_mw=strongest, edge_mw=edge)


def interference_of(
    scene: Scene, served: Served, load: Floats, asked: Flags, near_mw: Singles, strongest_mw: Singles
) -> Singles:
    """All interference in mW (channels, places); near cells and the strongest of them again where ``asked``."""
    network, here = scene.network, scene.here
    near_interference(
        here.places, scene.corners, here.transmitters, network.gains, here.masts, here.ground, served.server, load,
        far_mw(network.transmitters, network.radios)[here.near], asked, near_mw, strongest_mw,
    )  # fmt: skip
    return all_interference(
        here.places, scene.corners, served.far_field, near_mw, served.server,
        network.same_carrier_share(here.channels), network.floor_mw(here.channels),
    )  # fmt: skip


def _moved(earlier: Earlier, served: Served) -> Flags:
    """Places of which anything differs from the earlier night."""
    found = earlier.lost.copy()
    for name in ("server", "power_mw", "strongest_mw", "edge_mw"):
        found |= (getattr(served, name) != getattr(earlier.served, name)).any(axis=0)
    return found


def _users(scene: Scene, served: Served, moved: Flags, files: SignalFiles, country: Country) -> Served:
    here, asked = scene.here, np.zeros((1, len(scene.here.places.environment)), dtype=np.bool_)
    mark_blocks(here.places, moved[np.newaxis], asked)
    received = received_of(scene, served, served.edge_mw)
    terms, market = terms_for(files, country, None), scene.network.market
    users = users_and_work(here.places, scene.people, received, terms, market, asked[0])
    users = merged(served.users, users, asked[0])
    return served._replace(**{f"users_{name}": column for name, column in users._asdict().items()})


def received_of(scene: Scene, served: Served, busy_mw: Singles) -> Received:
    here = scene.here
    return Received(
        served.power_mw, served.strongest_mw, served.edge_mw, busy_mw, served.server, here.near, here.channels
    )
