"""Paths through several environments by hand, and servers and interference over them against brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from commune_coverage.population.urbanisation import CELL_M, UrbanisationGrid, cell_keys
from commune_coverage.radio.best_server import best_servers
from commune_coverage.radio.incremental import mark_where_new_may_serve
from commune_coverage.radio.interference.distant_cells import add_distant_interference
from commune_coverage.radio.mixed_paths import mixed_ratio, path_shares
from commune_coverage.radio.path_gain_tables import table_distances_m
from commune_coverage.radio.tile import NO_SERVER, UNKNOWN_LAND, EnvironmentGrid, Tile
from tests.radio.random_country import SIDE_M, Floats, random_country

RURAL, SUBURBAN, URBAN = 0, 1, 2


def land(seed: int) -> EnvironmentGrid:
    """Towns of some cells in the country, over the whole random country."""
    rng, side = np.random.default_rng(seed), int(SIDE_M / 1000)
    classes = rng.choice(3, p=(0.6, 0.25, 0.15), size=(side // 4, side // 4)).astype(np.int8)
    return EnvironmentGrid(np.kron(classes, np.ones((4, 4), dtype=np.int8)), 0.0, 0.0, 1000.0)


def mixed(seed: int, has_terrain: bool = False) -> Tile:
    """A random country whose blocks have the environment of the land under them."""
    country, here = random_country(seed, has_terrain), land(seed)
    first = country.places.block_start[:-1]
    rows, columns = (country.places.y_m[first] // 1000).astype(int), (country.places.x_m[first] // 1000).astype(int)
    places = country.places._replace(environment=here.classes[rows, columns].astype(np.int64))
    return replace(country, places=places).tile._replace(land=here)


def powers_by_definition(tile: Tile) -> Floats:
    """Received mW of each transmitter at each place over flat land, the way asked for its environment twice a cell."""
    places, transmitters, corners = tile.places, tile.transmitters, tile.corners
    block = np.repeat(np.arange(len(places.environment)), np.diff(places.block_start))
    result, nodes = np.zeros((len(transmitters.x_m), len(places.x_m))), table_distances_m() ** 2
    for j, row in enumerate(transmitters.pathloss_class):
        laws, end_m = tile.gains.table[3 * row : 3 * row + 3], 0.98 * tile.gains.reach_m[3 * row]
        for number, own in enumerate(places.environment):
            dx = (corners.west[number] + corners.east[number]) / 2 - transmitters.x_m[j]
            dy = (corners.south[number] + corners.north[number]) / 2 - transmitters.y_m[j]
            metres = np.hypot(dx, dy)
            part = (np.arange(int(metres / 500) + 1) + 0.5) / (int(metres / 500) + 1)
            rows = ((transmitters.y_m[j] + dy * part) // 1000).astype(int)
            columns = ((transmitters.x_m[j] + dx * part) // 1000).astype(int)
            at_middle = np.array([np.interp(min(metres, end_m) ** 2, nodes, law) for law in laws])
            ratio = np.exp(np.log(at_middle[tile.land.classes[rows, columns]] / at_middle[own]).mean())
            at = np.flatnonzero(block == number)
            squares = (places.x_m[at] - transmitters.x_m[j]) ** 2 + (places.y_m[at] - transmitters.y_m[j]) ** 2
            result[j, at] = transmitters.power_mw[j] * ratio * np.interp(squares, nodes, laws[own])
    return result


def one_path(classes: list[int]) -> Tile:
    """A mast in the middle of the first of these cells of 1 km, and a place in the middle of the last."""
    tile, end = random_country(1, False, places=1).tile, 1000.0 * len(classes) - 500
    places = tile.places._replace(x_m=np.array([end]), y_m=np.array([500.0]), environment=np.array([classes[-1]]))
    corners = tile.corners._replace(
        west=np.array([end]), east=np.array([end]), south=np.array([500.0]), north=np.array([500.0])
    )
    middle = np.full_like(tile.transmitters.x_m, 500.0)
    transmitters = tile.transmitters._replace(x_m=middle, y_m=middle)
    here = EnvironmentGrid(np.array([classes], dtype=np.int8), 0.0, 0.0, 1000.0)
    return tile._replace(places=places, corners=corners, transmitters=transmitters, land=here)


def ratio(tile: Tile) -> float:
    return float(mixed_ratio(tile, 0, 0, path_shares(len(tile.antennas.row))))


def test_a_way_all_in_one_environment_is_what_the_law_says() -> None:
    for environment in (RURAL, SUBURBAN, URBAN):
        assert ratio(one_path([environment] * 12)) == 1.0


def test_where_nothing_is_known_of_the_land_the_law_of_the_place_holds() -> None:
    assert ratio(one_path([RURAL] * 5 + [URBAN] * 3)._replace(land=UNKNOWN_LAND)) == 1.0


def test_a_town_at_the_end_of_ten_kilometres_of_fields_has_the_law_of_town_for_its_part_of_the_way() -> None:
    tile = one_path([RURAL] * 8 + [URBAN] * 3)
    laws = [tile.gains.table[3 * tile.transmitters.pathloss_class[0] + environment] for environment in (RURAL, URBAN)]
    rural, urban = (-10 * np.log10(np.interp(10_000.0**2, table_distances_m() ** 2, law)) for law in laws)
    assert -10 * np.log10(ratio(tile)) == pytest.approx(0.75 * (rural - urban), abs=0.5)


def test_the_same_way_has_the_same_loss_both_ways() -> None:
    def loss_db(classes: list[int]) -> float:
        tile = one_path(classes)
        law = tile.gains.table[3 * tile.transmitters.pathloss_class[0] + classes[-1]]
        return float(-10 * np.log10(ratio(tile) * np.interp(10_000.0**2, table_distances_m() ** 2, law)))

    way = [URBAN, URBAN, SUBURBAN, RURAL, RURAL, SUBURBAN, RURAL, RURAL, RURAL, RURAL, RURAL]
    assert loss_db(way) == pytest.approx(loss_db(way[::-1]), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_best_servers_are_those_of_brute_force(seed: int) -> None:
    tile = mixed(seed)
    received, server = best_servers(tile)
    powers, starts = powers_by_definition(tile), tile.transmitters.carrier_start
    for carrier in range(3):
        of_carrier = powers[starts[carrier] : starts[carrier + 1]]
        owner = np.where(of_carrier.max(axis=0) > 0, starts[carrier] + of_carrier.argmax(axis=0), NO_SERVER)
        assert server[carrier].tolist() == owner.tolist()
        assert received[carrier] == pytest.approx(of_carrier.max(axis=0), rel=1e-6)
    alone = best_servers(tile._replace(land=UNKNOWN_LAND)).server
    assert (alone != server).mean() > 0.02


@pytest.mark.parametrize("has_terrain", [False, True])
def test_servers_found_step_by_step_are_those_found_at_once(has_terrain: bool) -> None:
    """A new transmitter marks every block in which it takes over a place."""
    tile = mixed(40, has_terrain)
    after = best_servers(tile)
    new = np.zeros(len(tile.transmitters.x_m), dtype=np.bool_)
    new[::7] = True
    before = best_servers(
        tile._replace(transmitters=tile.transmitters._replace(power_mw=np.where(new, 0.0, tile.transmitters.power_mw)))
    )
    mask = np.zeros((3, len(tile.places.environment)), dtype=np.bool_)
    mark_where_new_may_serve(tile, new, before.received_mw.astype(np.float32), mask)
    block = np.repeat(np.arange(mask.shape[1]), np.diff(tile.places.block_start))
    taken = np.isin(after.server, np.flatnonzero(new))
    assert taken.any()
    assert mask[:, block][taken].all()


def test_what_is_added_to_the_distant_interference_is_taken_out_again_to_the_bit() -> None:
    tile = mixed(7, has_terrain=True)
    everyone = np.ones(len(tile.transmitters.x_m), dtype=np.bool_)
    corner_mw = np.zeros((3, len(tile.places.environment), 4), dtype=np.int64)
    add_distant_interference(tile, tile.transmitters.power_mw, everyone, corner_mw)
    of_own = np.zeros_like(corner_mw)
    add_distant_interference(tile._replace(land=UNKNOWN_LAND), tile.transmitters.power_mw, everyone, of_own)
    assert (corner_mw != of_own).any()
    add_distant_interference(tile, -tile.transmitters.power_mw, everyone, corner_mw)
    assert not corner_mw.any()


def test_a_window_of_the_classes_is_what_each_cell_is() -> None:
    rng = np.random.default_rng(3)
    x_m, y_m = rng.uniform(-20_000, 20_000, (2, 300))
    keys = np.unique(cell_keys(x_m, y_m))
    grid = UrbanisationGrid(keys, rng.integers(0, 3, len(keys)).astype(np.int8))
    window = grid.window(-7300.0, 9900.0, -15_250.0, 4001.0)
    rows, columns = np.indices(window.classes.shape)
    middle = window.west_m + (columns + 0.5) * CELL_M, window.south_m + (rows + 0.5) * CELL_M
    assert (window.classes.ravel() == grid.at(middle[0].ravel(), middle[1].ravel())).all()
    assert (window.west_m, window.south_m) == (-8000.0, -16_000.0)
    assert window.classes.shape == (21, 18)
    assert window.classes.any()
