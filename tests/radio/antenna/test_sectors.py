"""Sector antennas in the search of servers and in the interference: by hand, turned, and by brute force."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from commune_coverage.core.jit import read_only
from commune_coverage.radio.antenna.directivity import (
    ALL_ROUND,
    OMNIDIRECTIONAL,
    Directivity,
    Mounting,
    directional_gain,
    gain_bounds,
    make_directivity,
)
from commune_coverage.radio.antenna.patterns import (
    TR36814_HORIZONTAL,
    TR36814_VERTICAL,
    TR36942_HORIZONTAL,
    AntennaPattern,
    ParabolicCut,
    measured_pattern,
    parabolic_pattern,
)
from commune_coverage.radio.best_server import BestServers, SearchMask, best_servers, search_servers
from commune_coverage.radio.diffraction.profile import Antennas, flat_ground
from commune_coverage.radio.incremental import mark_where_new_may_serve
from commune_coverage.radio.interference.candidates import CellActivity
from commune_coverage.radio.interference.distant_cells import add_distant_interference
from commune_coverage.radio.interference.kernel import (
    CarrierLimits,
    InterferenceParts,
    NearInterference,
    all_interference,
    near_interference,
)
from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.tile import NO_SERVER, Places, Tile, Transmitters, corners_of
from tests.radio.random_country import Floats, RandomCountry, random_country
from tests.radio.test_best_server import best_by_brute_force, carrier_of, flat_powers, terrain_powers

PATTERNS = [
    parabolic_pattern(TR36942_HORIZONTAL),
    parabolic_pattern(TR36814_HORIZONTAL, TR36814_VERTICAL),
    parabolic_pattern(ParabolicCut(33.0, 30.0), ParabolicCut(6.5, 18.0)),
    measured_pattern(
        np.arange(0.0, 360, 5), 12 - 12 * np.cos(np.radians(np.arange(0.0, 360, 5))),
        np.arange(0.0, 360, 3), 9 - 9 * np.cos(np.radians(np.arange(0.0, 360, 3))),
    ),
]  # fmt: skip


def attenuation_db(mounting: Mounting, patterns: list[AntennaPattern], row: int, dx_m: Floats, dy_m: Floats) -> Floats:
    """Attenuation towards places ``dx_m`` east and ``dy_m`` north of a transmitter, by TR 38.901.

    7.1-7 and 7.1-8: zenith and azimuth of a direction in the axes of an antenna that is turned by its bearing and
    tilted downwards; zenith angles are from the vertical, azimuths here anticlockwise from where it points.
    """
    if mounting.antenna[row] == ALL_ROUND:
        return np.zeros(len(dx_m))
    zenith = np.pi / 2 + np.arctan2(mounting.over_receiver_m[row], np.hypot(dx_m, dy_m))
    azimuth = np.radians(mounting.azimuth_deg[row]) - np.arctan2(dx_m, dy_m)
    tilt = np.radians(mounting.mechanical_tilt_deg[row])
    zenith_there = np.arccos(np.cos(azimuth) * np.sin(zenith) * np.sin(tilt) + np.cos(zenith) * np.cos(tilt))
    real = np.cos(azimuth) * np.sin(zenith) * np.cos(tilt) - np.cos(zenith) * np.sin(tilt)
    azimuth_there = np.angle(real + 1j * np.sin(azimuth) * np.sin(zenith))
    pattern = patterns[mounting.antenna[row]]
    elevation_deg = np.degrees(zenith_there) - 90 - mounting.electrical_tilt_deg[row]
    return pattern.attenuation_db(-np.degrees(azimuth_there), elevation_deg)


@dataclass(frozen=True)
class Sectored:
    """A random country some of whose transmitters have sector antennas."""

    country: RandomCountry
    mounting: Mounting

    @property
    def directivity(self) -> Directivity:
        return make_directivity(self.mounting, PATTERNS)

    @property
    def tile(self) -> Tile:
        return self.country.tile._replace(directivity=self.directivity)

    def attenuated(self, powers: Floats) -> Floats:
        places, transmitters = self.country.places, self.country.transmitters
        away = [
            attenuation_db(
                self.mounting, PATTERNS, row, places.x_m - transmitters.x_m[row], places.y_m - transmitters.y_m[row]
            )
            for row in range(len(transmitters.x_m))
        ]
        return powers * 10 ** (-np.array(away) / 10)


def random_mounting(rng: np.random.Generator, count: int) -> Mounting:
    antenna = rng.integers(ALL_ROUND, len(PATTERNS), count)
    tilts = np.where(rng.random((2, count)) < 0.5, 0.0, rng.uniform(-3, 12, (2, count)))
    return Mounting(antenna, rng.uniform(0, 360, count), tilts[0], tilts[1], rng.uniform(3, 120, count))


def three_sectors(country: RandomCountry, rng: np.random.Generator) -> Sectored:
    """Each transmitter three times on its mast, in a third of all directions each; each direction a site of its own."""
    each, count = country.transmitters, len(country.transmitters.x_m)
    rows = np.repeat(np.arange(count), 3)
    per_row = {name: getattr(each, name)[rows] for name in ("x_m", "y_m", "power_mw", "pathloss_class", "mast")}
    sites = each.site[rows] * 3 + np.tile(np.arange(3), count)
    many = each._replace(**per_row, site=sites, carrier_start=each.carrier_start * 3)
    mounting = random_mounting(rng, count)
    azimuth = np.repeat(mounting.azimuth_deg, 3) + np.tile([0.0, 120, 240], count)
    spread = Mounting(*(np.repeat(values, 3) for values in mounting))._replace(azimuth_deg=azimuth)
    return Sectored(RandomCountry(country.places, many, country.gains, country.antennas, country.ground), spread)


def gains_towards(directivity: Directivity, row: int, dx_m: Floats, dy_m: Floats) -> Floats:
    return np.array([_gain(directivity, row, -dx, -dy) for dx, dy in zip(dx_m, dy_m, strict=True)])


def _gain(directivity: Directivity, row: int, dx_m: float, dy_m: float) -> float:
    from numba import njit

    if "gain" not in _COMPILED:
        _COMPILED["gain"] = njit(lambda one, j, dx, dy: 1.0 * directional_gain(one, j, dx, dy))
    return float(_COMPILED["gain"](directivity, row, dx_m, dy_m))


def _bounds(directivity: Directivity, row: int, dx_m: float, dy_m: float, radius_m: float) -> tuple[float, float]:
    from numba import njit

    if "bounds" not in _COMPILED:
        _COMPILED["bounds"] = njit(lambda one, j, dx, dy, r: tuple(gain_bounds(one, j, dx, dy, r)))
    return _COMPILED["bounds"](directivity, row, dx_m, dy_m, radius_m)


_COMPILED: dict = {}


def test_the_gain_towards_places_is_that_of_the_turned_and_tilted_pattern() -> None:
    rng = np.random.default_rng(11)
    mounting = random_mounting(rng, 60)
    directivity = make_directivity(mounting, PATTERNS)
    dx_m, dy_m = rng.normal(0, 1, (2, 200)) * np.geomspace(5, 20_000, 200)
    for row in range(60):
        expected_db = attenuation_db(mounting, PATTERNS, row, dx_m, dy_m)
        assert -10 * np.log10(gains_towards(directivity, row, dx_m, dy_m)) == pytest.approx(expected_db, abs=0.1)


@pytest.mark.parametrize(
    ("east_m", "north_m", "attenuation"),
    # 65 degrees, pointing east, 20 dB at most: ahead, behind, at both edges of the beam, at 60 degrees
    [
        (1000, 0, 0.0),
        (-1000, 0, 20.0),
        (843.391, 537.300, 3.0),
        (843.391, -537.300, 3.0),
        (500, 866.025, 12 * (60 / 65) ** 2),
        (0, 1000, 20.0),
    ],
)
def test_attenuation_by_hand(east_m: float, north_m: float, attenuation: float) -> None:
    one = Mounting(np.array([0]), np.array([90.0]), np.zeros(1), np.zeros(1), np.full(1, 30.0))
    gain = gains_towards(make_directivity(one, PATTERNS), 0, np.array([east_m]), np.array([north_m]))
    assert -10 * np.log10(gain[0]) == pytest.approx(attenuation, abs=0.01)


def test_mechanical_tilt_lowers_the_beam_ahead_and_raises_it_behind_electrical_tilt_lowers_it_all_round() -> None:
    """40 m over receivers 229 m away are 9.9 degrees down; a vertical cut of 10 degrees loses 12 (angle / 10)^2."""
    pattern = [parabolic_pattern(ParabolicCut(360.0, 40.0), ParabolicCut(10.0, 40.0))]
    depth = np.degrees(np.arctan2(40, 229.0))
    for mechanical, electrical, ahead_deg, behind_deg in ((6, 0, depth - 6, depth + 6), (0, 6, depth - 6, depth - 6)):
        one = Mounting(np.array([0]), np.zeros(1), np.full(1, float(mechanical)), np.full(1, float(electrical)),
                       np.full(1, 40.0))  # fmt: skip
        gains = gains_towards(make_directivity(one, pattern), 0, np.zeros(2), np.array([229.0, -229.0]))
        expected = [12 * (ahead_deg / 10) ** 2, 12 * (behind_deg / 10) ** 2]
        assert -10 * np.log10(gains) == pytest.approx(expected, abs=0.05)


def test_no_gain_of_a_circle_is_outside_its_bounds() -> None:
    rng = np.random.default_rng(12)
    mounting = random_mounting(rng, 200)
    directivity = make_directivity(mounting, PATTERNS)
    tightest = []
    for row in range(200):
        middle, radius_m = rng.normal(0, 1, 2) * 10 ** rng.uniform(1, 4.3), rng.uniform(1, 750)
        low, high = _bounds(directivity, row, -middle[0], -middle[1], radius_m)
        way, turn = radius_m * np.sqrt(rng.random(300)), rng.uniform(0, 2 * np.pi, 300)
        way[:40] = radius_m
        gains = gains_towards(directivity, row, middle[0] + way * np.sin(turn), middle[1] + way * np.cos(turn))
        assert low <= gains.min()
        assert gains.max() <= high
        assert high <= 1 + 1e-8
        tightest.append(high / gains.max())
    assert np.median(tightest) < 1.2


@pytest.mark.parametrize("seed", range(6))
def test_best_servers_with_sectors_are_those_of_brute_force(seed: int) -> None:
    country = random_country(seed, has_terrain=False, places=200, sites=30)
    made = three_sectors(country, np.random.default_rng(seed))
    received, server = best_servers(made.tile)
    expected, owner = best_by_brute_force(made.country, made.attenuated(flat_powers(made.country)))
    assert received == pytest.approx(expected, rel=0.025)
    own = server != NO_SERVER
    assert (own == (owner != NO_SERVER)).all()
    exact = exact_powers(made, flat_powers(made.country))
    strongest, first = best_by_brute_force(made.country, exact)
    assert server.tolist() == first.tolist()
    assert received == pytest.approx(strongest, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_best_servers_with_sectors_over_hills_are_those_of_brute_force(seed: int) -> None:
    country = random_country(300 + seed, has_terrain=True, places=40, sites=15)
    made = three_sectors(country, np.random.default_rng(seed))
    received, server = best_servers(made.tile)
    expected, owner = best_by_brute_force(made.country, exact_powers(made, terrain_powers(made.country)))
    assert server.tolist() == owner.tolist()
    assert received == pytest.approx(expected, rel=1e-6)


def exact_powers(made: Sectored, powers: Floats) -> Floats:
    """Powers with the gain that the compiled function gives for the single pair, which a test above holds to 0.1 dB."""
    places, transmitters, directivity = made.country.places, made.country.transmitters, made.directivity
    gains = [
        gains_towards(directivity, row, places.x_m - transmitters.x_m[row], places.y_m - transmitters.y_m[row])
        for row in range(len(transmitters.x_m))
    ]
    return powers * np.array(gains)


@pytest.mark.parametrize("has_terrain", [False, True])
def test_a_search_among_new_sectors_and_servers_finds_what_a_search_among_all_finds(has_terrain: bool) -> None:
    made = three_sectors(random_country(7, has_terrain, places=100, sites=20), np.random.default_rng(7))
    tile = made.tile
    expected_mw, expected = best_servers(tile)
    new = np.random.default_rng(8).random(len(tile.transmitters.x_m)) < 0.3
    kept_mw = np.where(np.isin(expected, np.flatnonzero(new)), 0, expected_mw).astype(np.float32)
    servers = BestServers(kept_mw, np.where(kept_mw > 0, expected, NO_SERVER).astype(np.int32))
    mask = np.zeros((3, len(tile.places.environment)), bool)
    mark_where_new_may_serve(tile, new, kept_mw, mask)
    assert mask.any()
    search_servers(tile, SearchMask(np.zeros_like(mask), mask, new), servers)
    assert servers.server.tolist() == expected.tolist()
    assert (servers.received_mw == expected_mw.astype(np.float32)).all()


def test_without_a_direction_no_byte_differs() -> None:
    country = random_country(5, has_terrain=True, places=80, sites=20)
    count = len(country.transmitters.x_m)
    nowhere = random_mounting(np.random.default_rng(0), count)._replace(antenna=np.full(count, ALL_ROUND))
    assert make_directivity(nowhere, PATTERNS) is OMNIDIRECTIONAL
    all_round = make_directivity(nowhere._replace(antenna=np.r_[0, np.full(count - 1, ALL_ROUND)]), PATTERNS)
    all_round.antenna[0] = ALL_ROUND
    plain, guarded = best_servers(country.tile), best_servers(country.tile._replace(directivity=all_round))
    assert plain.received_mw.tobytes() == guarded.received_mw.tobytes()
    assert plain.server.tobytes() == guarded.server.tobytes()


def test_other_sectors_of_the_serving_mast_reach_a_place_over_the_hills_of_its_server() -> None:
    """Only they send: the ratio of both is then that of their powers and patterns, whatever the ground between."""
    country = random_country(310, has_terrain=True, places=150, sites=25)
    hills = country.ground._replace(height_m=country.ground.height_m * 4)
    made = three_sectors(replace(country, ground=hills), np.random.default_rng(2))
    tile, count = made.tile, len(made.country.transmitters.x_m)
    received, server = best_servers(tile)
    gains = exact_powers(made, np.broadcast_to(tile.transmitters.power_mw[:, None], (count, 150)))
    distance_m = np.hypot(
        tile.transmitters.x_m[:, None] - tile.places.x_m, tile.transmitters.y_m[:, None] - tile.places.y_m
    )
    checked = 0
    for number, place in np.argwhere(server != NO_SERVER):
        own = server[number, place]
        beside = (tile.transmitters.mast == tile.transmitters.mast[own]) & (carrier_of(made.country) == number)
        beside[own] = False
        if tile.directivity.antenna[own] == ALL_ROUND or distance_m[own, place] > 4500:
            continue
        near = NearInterference(np.zeros(server.shape, np.float32), np.zeros(server.shape, np.float32))
        mask = np.zeros((3, len(tile.places.environment)), bool)
        mask[number, np.searchsorted(tile.places.block_start, place, side="right") - 1] = True
        activity = CellActivity(beside.astype(float), np.zeros(count))
        near_interference(tile, server, activity, mask, near, received)
        expected = received[number, place] * gains[beside, place].sum() / gains[own, place]
        assert near.near_mw[number, place] == pytest.approx(expected, rel=1e-5)
        checked += 1
    assert checked > 20


def interference(tile: Tile, server: np.ndarray, share: float) -> Floats:
    count, blocks = len(tile.transmitters.x_m), (len(server), len(tile.places.environment))
    near = NearInterference(np.zeros(server.shape, np.float32), np.zeros(server.shape, np.float32))
    distant_mw = tile.transmitters.power_mw * share
    activity = CellActivity(np.full(count, share), distant_mw)
    near_interference(tile, server, activity, np.ones(blocks, dtype=bool), near)
    corner_mw = np.zeros((*blocks, 4), dtype=np.int64)
    everyone = np.ones(count, dtype=bool)
    add_distant_interference(tile, distant_mw, everyone, corner_mw)
    limits = CarrierLimits(np.ones(len(server)), np.full(len(server), 2.0**-34), np.ones(len(server)))
    total = all_interference(tile, InterferenceParts(server, near.near_mw, corner_mw), limits)
    add_distant_interference(tile, -distant_mw, everyone, corner_mw)
    assert not corner_mw.any(), "what was put in was not all taken out"
    return total


@pytest.mark.parametrize("seed", range(3))
def test_interference_with_sectors_is_the_sum_of_brute_force(seed: int) -> None:
    """All other sectors of the carrier, those of the serving mast that point elsewhere among them."""
    made = three_sectors(random_country(seed, has_terrain=False, places=200, sites=30), np.random.default_rng(seed))
    tile = made.tile
    server = best_servers(tile).server
    total = interference(tile, server, 0.4)
    powers, carrier = exact_powers(made, flat_powers(made.country)), carrier_of(made.country)
    off_db = []
    for number, place in np.argwhere(server != NO_SERVER):
        others = (carrier == number) & (tile.transmitters.site != tile.transmitters.site[server[number, place]])
        expected = 0.4 * powers[others, place].sum()
        off_db.append(10 * np.log10((total[number, place] + 1e-10) / (expected + 1e-10)))
    assert np.abs(np.mean(off_db)) < 0.05
    assert np.quantile(np.abs(off_db), 0.99) < 0.4 + 0.55


SPACING_M, POWER_MW, OVER_M = 400.0, 1e6, 38.5


def _grid(mast_x_m: float, mast_y_m: float, azimuths_deg: list[float], tilt_deg: float = 0.0) -> Tile:
    """Places of a grid of 5 x 5 around one mast, a power law of 3.5 from 30 dB, all in one environment."""
    at = SPACING_M * np.arange(-2.0, 3)
    x_m, y_m = (axis.ravel() for axis in np.meshgrid(at, at))
    key = np.floor(y_m / 1000) * 1000 + np.floor(x_m / 1000)
    order = np.argsort(key, kind="stable")
    x_m, y_m, key = x_m[order], y_m[order], key[order]
    starts = np.flatnonzero(np.diff(key, prepend=key[0] - 1))
    places = Places(x_m, y_m, 0 * x_m, 0 * x_m, np.append(starts, 25), np.zeros(len(starts), dtype=np.int64))
    count = len(azimuths_deg)
    transmitters = Transmitters(
        np.array([0, count]), np.array([1.8]), np.ones((1, 3)), np.full(count, mast_x_m), np.full(count, mast_y_m),
        np.full(count, POWER_MW), np.zeros(count, np.int64), np.zeros(count, np.int64), np.arange(count),
    )  # fmt: skip
    table, reach_m = make_table(30 + 35 * np.log10(table_distances_m()), 30_000.0)
    gains = Gains(np.tile(table, (3, 1)), np.full(3, reach_m), np.ones((1, len(table))))
    antennas = Antennas(np.zeros(1), np.zeros(1), np.full(1, 40.0), 1.5)
    mounting = Mounting(
        np.zeros(count, np.int64), np.array(azimuths_deg), np.full(count, tilt_deg), np.zeros(count),
        np.full(count, OVER_M),
    )  # fmt: skip
    pattern = [parabolic_pattern(ParabolicCut(65.0, 30.0), ParabolicCut(10.0, 30.0))]
    directivity = make_directivity(mounting, pattern)
    tile = Tile(places, corners_of(places), transmitters, antennas, flat_ground(), gains, directivity)
    return read_only(tile)


@pytest.mark.parametrize(("azimuth_deg", "tilt_deg"), [(0.0, 0.0), (120.0, 4.0), (333.0, 8.0)])
def test_a_grid_of_places_by_hand(azimuth_deg: float, tilt_deg: float) -> None:
    tile = _grid(130.0, -70.0, [azimuth_deg], tilt_deg)
    received = best_servers(tile).received_mw[0]
    for place in range(25):
        east, north = tile.places.x_m[place] - 130, tile.places.y_m[place] + 70
        turn, tilt = np.radians(azimuth_deg), np.radians(tilt_deg)
        ahead = np.array([np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), -np.sin(tilt)])
        right = np.array([np.cos(turn), -np.sin(turn), 0.0])
        ray = np.array([east, north, -OVER_M]) / np.sqrt(east**2 + north**2 + OVER_M**2)
        down = np.cross(ahead, right)
        across_deg = np.degrees(np.arctan2(ray @ right, ray @ ahead))
        down_deg = np.degrees(np.arcsin(np.clip(ray @ down, -1, 1)))
        lost = min(min(12 * (across_deg / 65) ** 2, 30) + min(12 * (down_deg / 10) ** 2, 30), 30)
        expected = 10 * np.log10(POWER_MW) - 30 - 35 * np.log10(np.hypot(east, north)) - lost
        assert 10 * np.log10(received[place]) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("azimuth_deg", [0.0, 30.0, 217.5])
def test_a_quarter_turn_of_the_azimuth_turns_the_footprint(azimuth_deg: float) -> None:
    def footprint(azimuth: float) -> Floats:
        tile = _grid(0.0, 0.0, [azimuth, azimuth + 100.0], 5.0)
        grid = np.zeros((2, 5, 5))
        row = np.rint(tile.places.y_m / SPACING_M + 2).astype(int)
        column = np.rint(tile.places.x_m / SPACING_M + 2).astype(int)
        servers = best_servers(tile)
        grid[0, row, column], grid[1, row, column] = servers.received_mw[0], servers.server[0]
        return grid

    before, after = footprint(azimuth_deg), footprint(azimuth_deg + 90)
    # Clockwise: what was north is east. Rows rise to the north, so that numpy's turn is the other way round.
    turned = np.rot90(before, 1, axes=(1, 2))
    assert after[0] == pytest.approx(turned[0], rel=1e-9)
    assert (after[1] == turned[1])[np.arange(5) != 2][:, np.arange(5) != 2].all()


def test_three_sectors_give_in_the_mean_what_their_formula_gives_and_never_more_than_all_round() -> None:
    """TR 36.942: between two sectors, 60 degrees off both, 10.2 dB are lost; the mean over azimuths by its integral."""
    ring = np.radians(np.arange(0, 360, 0.5))
    places = Places(
        2000 * np.sin(ring), 2000 * np.cos(ring), 0 * ring, 0 * ring, np.array([0, len(ring)]), np.zeros(1, np.int64)
    )
    tile = _grid(0.0, 0.0, [0.0, 120.0, 240.0])._replace(places=places, corners=corners_of(places))
    sectors = make_directivity(
        Mounting(np.zeros(3, np.int64), np.array([0.0, 120, 240]), np.zeros(3), np.zeros(3), np.full(3, OVER_M)),
        [parabolic_pattern(TR36942_HORIZONTAL)],
    )
    directed = 10 * np.log10(best_servers(tile._replace(directivity=sectors)).received_mw[0])
    all_round = 10 * np.log10(best_servers(tile._replace(directivity=OMNIDIRECTIONAL)).received_mw[0])
    lost = all_round - directed
    assert lost.min() == pytest.approx(0, abs=1e-6)
    assert lost.max() == pytest.approx(12 * (60 / 65) ** 2, abs=0.01)
    assert lost.mean() == pytest.approx(12 / 65**2 * 60**2 / 3, abs=0.05)
