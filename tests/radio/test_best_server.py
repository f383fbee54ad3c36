"""The fast best server and interference against brute force over all cells in reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from commune_coverage.radio.best_server import BestServers, SearchMask, best_servers, search_servers
from commune_coverage.radio.diffraction.delta_bullington import terrain_loss_db
from commune_coverage.radio.interference.candidates import CellActivity
from commune_coverage.radio.interference.distant_cells import NEAR_INTERFERENCE_RADIUS_M, add_distant_interference
from commune_coverage.radio.interference.kernel import (
    CarrierLimits,
    InterferenceParts,
    NearInterference,
    all_interference,
    near_interference,
)
from commune_coverage.radio.path_gain_tables import gain_at, table_distances_m
from commune_coverage.radio.tile import NO_SERVER
from tests.radio.random_country import EARTH_KM, Floats, RandomCountry, random_country

NOISE_MW = 1e-10


def flat_powers(country: RandomCountry) -> Floats:
    """Received mW of every transmitter at every place by the tables alone, (transmitters, places)."""
    places, transmitters = country.places, country.transmitters
    environment = np.repeat(places.environment, np.diff(places.block_start))
    squares = (transmitters.x_m[:, None] - places.x_m) ** 2 + (transmitters.y_m[:, None] - places.y_m) ** 2
    nodes = table_distances_m() ** 2
    powers = np.zeros(squares.shape)
    for row, pathloss_class in enumerate(transmitters.pathloss_class):
        for code in range(3):
            at = environment == code
            table = country.gains.table[pathloss_class * 3 + code]
            powers[row, at] = transmitters.power_mw[row] * np.interp(squares[row, at], nodes, table)
    return powers


def carrier_of(country: RandomCountry) -> np.ndarray:
    return np.repeat(np.arange(3), np.diff(country.transmitters.carrier_start))


def terrain_powers(country: RandomCountry) -> Floats:
    """The same, no more than free space with diffraction and clutter leave over each profile."""
    places, transmitters, antennas = country.places, country.transmitters, country.antennas
    environment = np.repeat(places.environment, np.diff(places.block_start))
    powers = flat_powers(country)
    for row, carrier in enumerate(carrier_of(country)):
        mast = transmitters.mast[row]
        for place in np.flatnonzero(powers[row]):
            distance = np.hypot(transmitters.x_m[row] - places.x_m[place], transmitters.y_m[row] - places.y_m[place])
            part = np.linspace(0, 1, max(int(distance / country.ground.step_m + 0.5), 1) + 1)
            rows = antennas.row[mast] + (places.row[place] - antennas.row[mast]) * part
            columns = antennas.column[mast] + (places.column[place] - antennas.column[mast]) * part
            ground = ndimage.map_coordinates(
                country.ground.height_m.astype(np.float64), [rows, columns], order=1, mode="nearest"
            )
            mhz = 1000 * float(transmitters.frequency_ghz[carrier])
            loss = terrain_loss_db(part * distance, ground, mhz, float(antennas.antenna_m[mast]), 1.5, EARTH_KM)
            clutter = transmitters.clutter[carrier, environment[place]]
            powers[row, place] = min(powers[row, place], transmitters.power_mw[row] * clutter * 10 ** (-loss / 10))
    return powers


def best_by_brute_force(country: RandomCountry, powers: Floats) -> tuple[Floats, np.ndarray]:
    carrier = carrier_of(country)
    received = np.zeros((3, powers.shape[1]))
    server = np.full((3, powers.shape[1]), NO_SERVER)
    for number in range(3):
        rows = np.flatnonzero(carrier == number)
        best = powers[rows].argmax(axis=0)
        received[number] = powers[rows].max(axis=0)
        server[number] = np.where(received[number] > 0, rows[best], NO_SERVER)
    return received, server


def solve(country: RandomCountry) -> tuple[Floats, np.ndarray]:
    return best_servers(country.tile)


@pytest.mark.parametrize("seed", range(20))
def test_flat_best_server_equals_brute_force(seed: int) -> None:
    country = random_country(seed, has_terrain=False)
    received, server = solve(country)
    expected, owner = best_by_brute_force(country, flat_powers(country))
    assert server.tolist() == owner.tolist()
    assert received == pytest.approx(expected, rel=1e-9)
    assert (server != NO_SERVER).mean() > 0.5


@pytest.mark.parametrize("seed", range(20))
def test_terrain_best_server_equals_brute_force(seed: int) -> None:
    country = random_country(100 + seed, has_terrain=True, places=60, sites=25)
    received, server = solve(country)
    expected, owner = best_by_brute_force(country, terrain_powers(country))
    assert server.tolist() == owner.tolist()
    assert received == pytest.approx(expected, rel=1e-6)


def test_terrain_changes_owners() -> None:
    country = random_country(100, has_terrain=True)
    flat = best_by_brute_force(country, flat_powers(country))[1]
    assert (solve(country)[1] != flat).mean() > 0.02


@pytest.mark.parametrize("has_terrain", [False, True])
def test_a_search_among_new_cells_and_servers_finds_what_a_search_among_all_finds(has_terrain: bool) -> None:
    """The servers without the new cells are known, those of removed cells are not."""
    country = random_country(7, has_terrain=has_terrain, places=150)
    expected_mw, expected = solve(country)
    is_new = np.random.default_rng(7).random(len(country.transmitters.x_m)) < 0.3
    shape = 3, len(country.places.environment)
    for new in (is_new, np.zeros(len(is_new), dtype=bool)):
        kept_mw, kept = np.where(np.isin(expected, np.flatnonzero(new)), 0, expected_mw).astype(np.float32), expected
        servers = BestServers(kept_mw, np.where(kept_mw > 0, kept, NO_SERVER).astype(np.int32))
        search_servers(country.tile, SearchMask(np.zeros(shape, bool), np.ones(shape, bool), new), servers)
        assert servers.server.tolist() == expected.tolist()
        assert (servers.received_mw == expected_mw.astype(np.float32)).all()


def test_of_equal_cells_the_first_serves() -> None:
    country = random_country(3, has_terrain=False)
    same = {
        name: np.repeat(getattr(country.transmitters, name)[:1], 4)
        for name in ("x_m", "y_m", "power_mw", "pathloss_class")
    }
    zeros = np.zeros(4, dtype=np.int64)
    twins = country.transmitters._replace(**same, mast=zeros, site=zeros, carrier_start=np.array([0, 4, 4, 4]))
    _, server = best_servers(country.tile._replace(transmitters=twins))
    assert set(server[0].tolist()) == {0, NO_SERVER}


@pytest.mark.parametrize("seed", range(5))
def test_one_more_cell_never_lowers_best_power(seed: int) -> None:
    country = random_country(seed, has_terrain=seed % 2 == 1, places=150)
    before = solve(country)[0]
    last = int(country.transmitters.carrier_start[1])
    at = {"x_m": country.transmitters.x_m[0], "y_m": country.transmitters.y_m[0], "mast": country.transmitters.mast[0]}
    more = {
        name: np.insert(getattr(country.transmitters, name), last, value)
        for name, value in {**at, "power_mw": 1e9, "pathloss_class": 0, "site": 999}.items()
    }
    starts = country.transmitters.carrier_start + np.array([0, 1, 1, 1])
    added = country.transmitters._replace(**more, carrier_start=starts)
    after = best_servers(country.tile._replace(transmitters=added))[0]
    assert (after >= before).all()
    assert (after[0] > before[0]).any()
    assert (after[1:] == before[1:]).all()


def interference(country: RandomCountry, server: np.ndarray, load: Floats, distant_share: float) -> tuple[Floats, ...]:
    """Near, strongest and all interference of every place, distant cells sending for one share of the time."""
    tile, distant_mw = country.tile, country.transmitters.power_mw * distant_share
    blocks, everyone = (3, len(tile.places.environment)), np.ones(len(load), dtype=bool)
    near = NearInterference(np.zeros(server.shape, np.float32), np.zeros(server.shape, np.float32))
    near_interference(tile, server, CellActivity(load, distant_mw), np.ones(blocks, dtype=bool), near)
    corner_mw = np.zeros((*blocks, 4), dtype=np.int64)
    add_distant_interference(tile, distant_mw, everyone, corner_mw)
    limits = CarrierLimits(np.ones(3), np.full(3, 2.0**-34), np.ones(3))
    total = all_interference(tile, InterferenceParts(server, near.near_mw, corner_mw), limits)
    add_distant_interference(tile, -distant_mw, everyone, corner_mw)
    assert not corner_mw.any(), "what was put in was not all taken out"
    return near.near_mw, near.dominant_mw, total


def others_mw(country: RandomCountry, powers: Floats, server: np.ndarray, carrier: int, place: int) -> Floats:
    """What each transmitter that disturbs the place sends there; 0 for all others."""
    others = (carrier_of(country) == carrier) & (country.transmitters.site != country.transmitters.site[server])
    return np.where(others, powers[:, place], 0.0)


@pytest.mark.parametrize("seed", range(6))
def test_interference_equals_brute_force(seed: int) -> None:
    """Over a receiver's noise of -100 dBm, within what interpolating the distant interference and its steps cost."""
    country = random_country(seed, has_terrain=False)
    server = solve(country)[1]
    share = 0.4
    _, strongest, total = interference(country, server, np.full(len(country.transmitters.x_m), share), share)
    powers = flat_powers(country)
    expected = np.zeros(total.shape)
    for number in range(3):
        for place in np.flatnonzero(server[number] != NO_SERVER):
            expected[number, place] = others_mw(country, powers, server[number, place], number, place).sum() * share
    off_db = 10 * np.log10((total + NOISE_MW) / (expected + NOISE_MW))
    assert abs(off_db).max() < 0.4 + 0.55
    assert abs(off_db.mean()) < 0.05
    assert (strongest <= powers.max() * (1 + 1e-6)).all()
    assert (total[server == NO_SERVER] == 0).all()


def test_interference_over_hills_is_near_the_sum_over_every_profile() -> None:
    """Near and distant cells over the ground of each place's own profiles; flat, one in twenty is 5 dB too strong."""
    off_db, flat_off_db = [], []
    for seed in range(3):
        country = random_country(200 + seed, has_terrain=True, places=150, sites=25)
        country = replace(country, ground=country.ground._replace(height_m=country.ground.height_m * 4))
        server, share = solve(country)[1], 0.4
        total = interference(country, server, np.full(len(country.transmitters.x_m), share), share)[2]
        powers = terrain_powers(country), flat_powers(country)
        for carrier, place in np.argwhere(server != NO_SERVER):
            over_hills, flat = (
                NOISE_MW + share * others_mw(country, each, server[carrier, place], carrier, place).sum()
                for each in powers
            )
            off_db.append(10 * np.log10((total[carrier, place] + NOISE_MW) / over_hills))
            flat_off_db.append(10 * np.log10(flat / over_hills))
    assert abs(np.median(off_db)) < 0.1
    assert np.quantile(np.abs(off_db), 0.95) < 1.0
    assert np.quantile(flat_off_db, 0.95) > 5.0


def test_near_transmitters_are_exact() -> None:
    country = random_country(1, has_terrain=False)
    server = solve(country)[1]
    x_m, y_m = country.transmitters.x_m[0], country.transmitters.y_m[0]
    middle = np.hypot(country.transmitters.x_m - x_m, country.transmitters.y_m - y_m)
    load = (middle < 0.45 * NEAR_INTERFERENCE_RADIUS_M).astype(float)
    assert 0 < load.sum() < len(load)
    near = interference(country, server, load, 0.0)[0]
    powers = flat_powers(country)
    close = np.hypot(country.places.x_m - x_m, country.places.y_m - y_m) < 0.3 * NEAR_INTERFERENCE_RADIUS_M
    checked = np.flatnonzero(close & (server[0] != NO_SERVER))
    assert len(checked) > 0
    for place in checked:
        wanted = (others_mw(country, powers, server[0, place], 0, place) * load).sum()
        assert near[0, place] == pytest.approx(wanted, rel=1e-6)


def test_gain_table_follows_its_law() -> None:
    distances = table_distances_m()
    table = 10 ** (-(40 + 35 * np.log10(distances)) / 10)
    for metres in (1.0, 17.3, 250.0, 4_321.0, 29_999.0):
        expected = 10 ** (-(40 + 35 * np.log10(metres)) / 10)
        assert gain_at(table, metres**2) == pytest.approx(expected, rel=2e-4)
    assert gain_at(table, 0.0) == table[0]
