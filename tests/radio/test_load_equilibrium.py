"""Loads of cells that interfere with each other: by hand, by a solver of scipy, and from any start."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.service.load_equilibrium import (
    NEIGHBOURS,
    BusyUsers,
    CellTable,
    Conditions,
    couple,
    equilibrium_loads,
)

LEAST, STATED, MOST_EFFICIENCY, ALPHA = 0.1, 0.5, 4.4, 0.6


def gains() -> Gains:
    """100 dB at 1 km and 35 dB a decade, in each environment."""
    metres = table_distances_m()
    table, reach_m = make_table(100 + 35 * np.log10(np.maximum(metres, 10) / 1000), 30_000.0)
    return Gains(np.array([table] * 3), np.full(3, reach_m), np.zeros((1, len(metres))))


def cells(x_m: np.ndarray, y_m: np.ndarray) -> CellTable:
    count = len(x_m)
    number, one = np.arange(count), np.ones(count)
    nothing = np.zeros(count, dtype=np.int64)
    return CellTable(
        x_m, y_m, nothing, number, nothing, one, one, one * 10, one * ALPHA, one * MOST_EFFICIENCY, number * 0 + 1
    )


def users_of(rng: np.random.Generator, table: CellTable, rows: int, people: float) -> BusyUsers:
    """Users about their cells; their speeds at the stated load, and how much of what disturbs them are other cells."""
    own = rng.integers(0, len(table.x_m), rows)
    x_m, y_m = table.x_m[own] + rng.normal(0, 800, rows), table.y_m[own] + rng.normal(0, 800, rows)
    many = rng.uniform(0, 2 * people / rows, rows)
    traffic = many / (10 * rng.uniform(0.2, 4.0, rows))
    return BusyUsers(own, many, traffic, traffic * rng.random(rows), x_m, y_m)


def conditions(demand_mbps: float) -> Conditions:
    return Conditions(demand_mbps, STATED, LEAST)


def test_one_cell_alone_is_busy_as_its_users_make_it():
    """100 people who need 0.1 Mbps each at 20 Mbps: half of the time, whatever it sends."""
    table = cells(np.zeros(1), np.zeros(1))
    users = BusyUsers(np.zeros(1, int), np.array([100.0]), np.array([5.0]), np.array([2.0]), np.ones(1), np.ones(1))
    coupling = couple(users, table, gains())
    assert coupling.weight.sum() == 0
    assert equilibrium_loads(users, table, coupling, conditions(0.1)) == pytest.approx([0.5], abs=1e-5)


def test_two_cells_of_each_other_by_hand():
    """All of the interference of each comes from the other: s = s0 / (1 - p + p a / 0.5), a = 0.1 + 0.9 load."""
    table = cells(np.array([0.0, 5000.0]), np.zeros(2))
    people, traffic, part = np.array([300.0, 100.0]), np.array([30.0, 8.0]), np.array([0.8, 0.5])
    users = BusyUsers(np.array([0, 1]), people, traffic, traffic * part, np.array([500.0, 4500.0]), np.zeros(2))
    found = equilibrium_loads(users, table, couple(users, table, gains()), conditions(0.02))
    sinr = 2 ** (people / traffic / 10 / ALPHA) - 1

    def missing(load):
        activity = LEAST + (1 - LEAST) * np.minimum(load[::-1], 1)
        there = sinr / (1 - part + part * activity / STATED)
        return people * 0.02 / (10 * ALPHA * np.log2(1 + there)) - load

    assert found == pytest.approx(root(missing, [0.3, 0.3], tol=1e-12).x, abs=1e-4)


@given(seed=st.integers(0, 10_000), people=st.floats(50, 60_000), start=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_every_start_comes_to_the_same_loads(seed, people, start):
    rng = np.random.default_rng(seed)
    table = cells(*rng.uniform(0, 20_000, (2, 25)))
    users = users_of(rng, table, 80, people)
    coupling = couple(users, table, gains())
    idle = equilibrium_loads(users, table, coupling, conditions(0.04))
    other = equilibrium_loads(users, table, coupling, conditions(0.04), start * rng.random(25))
    full = equilibrium_loads(users, table, coupling, conditions(0.04), np.ones(25))
    assert other == pytest.approx(idle, abs=1e-3, rel=1e-3)
    assert full == pytest.approx(idle, abs=1e-3, rel=1e-3)
    more = equilibrium_loads(users, table, coupling, conditions(0.05))
    assert (more >= idle).all()


def test_the_order_of_the_users_makes_no_difference():
    rng = np.random.default_rng(5)
    table = cells(*rng.uniform(0, 20_000, (2, 25)))
    users = users_of(rng, table, 200, 9000)
    order = rng.permutation(200)
    mixed = BusyUsers(*(column[order] for column in users))
    assert np.array_equal(
        equilibrium_loads(users, table, couple(users, table, gains()), conditions(0.04)),
        equilibrium_loads(mixed, table, couple(mixed, table, gains()), conditions(0.04)),
    )


def test_nearer_neighbours_weigh_more_and_the_own_site_not_at_all():
    rng = np.random.default_rng(3)
    table = cells(
        np.append(rng.uniform(-9000, 9000, 40), [0.0, 0.0]), np.append(rng.uniform(-9000, 9000, 40), [0.0, 0.0])
    )
    table = table._replace(site=np.append(np.arange(40), [40, 40]))
    users = BusyUsers(np.array([40]), np.ones(1), np.ones(1), np.ones(1), np.array([10.0]), np.array([10.0]))
    coupling = couple(users, table, gains())
    assert not set(coupling.neighbour[0]) & {40, 41}
    metres = np.hypot(table.x_m[coupling.neighbour[0]] - 10, table.y_m[coupling.neighbour[0]] - 10)
    assert coupling.weight[0].sum() == pytest.approx(1)
    assert coupling.weight[0] == pytest.approx(metres**-3.5 / (metres**-3.5).sum(), rel=1e-3)
    nearest = np.sort(np.hypot(table.x_m[:40] - 10, table.y_m[:40] - 10))[:NEIGHBOURS]
    assert np.sort(metres) == pytest.approx(nearest)
