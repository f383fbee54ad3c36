"""Interference by its definition: over all transmitters of a carrier, each over its own profile to the very place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from commune_coverage.config.country import Country
from commune_coverage.pipeline.stages.radio.artifacts import Served, SignalFiles, read_left
from commune_coverage.pipeline.stages.radio.network import lay_out_tile, network_for
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.radio.diffraction.delta_bullington import terrain_loss_db
from commune_coverage.radio.network_model import NetworkModel, distant_power_mw
from commune_coverage.radio.path_gain_tables import table_distances_m
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.radio.tile_layout import TileLayout

Floats = npt.NDArray[np.float64]


def off_db(stages: Path, country: Country, places: int) -> tuple[Floats, Floats]:
    """By how much the interference of a run is above the direct sum, with its terrain and with none, noise added.

    Of ``places`` places drawn from all tiles by their number, on one carrier each that serves there.
    """
    files, network = SignalFiles(stages), network_for(SignalFiles(stages), country)
    rng, tiles = np.random.default_rng(28), tile_count(stages)
    counts = np.array([len(read_tile(stages, tile, ["x_m"])) for tile in range(tiles)])
    chosen = np.sort(rng.choice(counts.sum(), size=places, replace=False))
    tile_of = np.searchsorted(np.cumsum(counts), chosen, side="right")
    found = []
    for tile in np.unique(tile_of):
        layout = lay_out_tile(read_tile(stages, int(tile)), network, country)
        served = read_left(Served, files.servers(int(tile)))
        for place in chosen[tile_of == tile] - (np.cumsum(counts) - counts)[tile]:
            carriers = np.flatnonzero(served.server[:, place] != NO_SERVER)
            if len(carriers):
                found.append(_of_place(network, layout, served, int(place), int(rng.choice(carriers))))
    ours, hilly, flat = np.array(found).T
    return 10 * np.log10(ours / hilly), 10 * np.log10(flat / hilly)


def _of_place(
    network: NetworkModel, layout: TileLayout, served: Served, place: int, carrier: int
) -> tuple[float, float, float]:
    tile, row = layout.tile, int(layout.carriers[carrier])
    transmitters, places = tile.transmitters, tile.places
    own_site = transmitters.site[served.server[carrier, place]]
    sent_mw = distant_power_mw(network.transmitters, network.radios)[layout.near]
    environment = places.environment[np.searchsorted(places.block_start, place, side="right") - 1]
    hilly = flat = 0.0
    for j in range(transmitters.carrier_start[carrier], transmitters.carrier_start[carrier + 1]):
        if transmitters.site[j] != own_site:
            metres = float(np.hypot(transmitters.x_m[j] - places.x_m[place], transmitters.y_m[j] - places.y_m[place]))
            gain = _mixed_gain(layout, j, place, metres)
            if gain > 0:
                clutter = float(transmitters.clutter[carrier, environment])
                over_hills = clutter * 10 ** (-_loss_db(layout, j, place, carrier, metres) / 10)
                flat += sent_mw[j] * gain
                hilly += sent_mw[j] * min(gain, over_hills)
    share, noise_mw = network.co_channel_share(np.array([row]))[0], network.floor_mw(np.array([row]))[0]
    ours = float(served.cell_edge_interference_mw[carrier, place])
    return ours + noise_mw, share * hilly + noise_mw, share * flat + noise_mw


def _mixed_gain(layout: TileLayout, j: int, place: int, metres: float) -> float:
    """Mean in dB of the laws of all environments on the way to the very place, every 100 m."""
    tile, part = layout.tile, np.linspace(0, 1, int(metres / 100) + 2)
    tables = tile.gains.table[tile.transmitters.pathloss_class[j] * 3 + np.arange(3)]
    gains = np.array([np.interp(metres**2, table_distances_m() ** 2, table) for table in tables])
    if not gains.any():
        return 0.0
    x_m = tile.transmitters.x_m[j] + (tile.places.x_m[place] - tile.transmitters.x_m[j]) * part
    y_m = tile.transmitters.y_m[j] + (tile.places.y_m[place] - tile.transmitters.y_m[j]) * part
    row, column = (y_m - tile.land.south_m) // tile.land.step_m, (x_m - tile.land.west_m) // tile.land.step_m
    return float(np.exp(np.log(gains)[tile.land.classes[row.astype(int), column.astype(int)]].mean()))


def _loss_db(layout: TileLayout, j: int, place: int, carrier: int, metres: float) -> float:
    tile = layout.tile
    mast, ground = tile.transmitters.mast[j], tile.ground
    part = np.linspace(0, 1, min(max(int(metres / ground.step_m + 0.5), 1), 1023) + 1)
    rows = tile.antennas.row[mast] + (tile.places.row[place] - tile.antennas.row[mast]) * part
    columns = tile.antennas.column[mast] + (tile.places.column[place] - tile.antennas.column[mast]) * part
    heights = ndimage.map_coordinates(ground.height_m, [rows, columns], np.float64, order=1, mode="nearest")
    mhz = 1000 * float(tile.transmitters.frequency_ghz[carrier])
    above_m = float(tile.antennas.antenna_m[mast])
    return terrain_loss_db(part * max(metres, 1.0), heights, mhz, above_m, tile.antennas.receiver_m, ground.earth_km)
