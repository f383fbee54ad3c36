"""What is claimed outside a model's range: each case of the rule, and what must hold for any chain and link."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db, chain_reach_m, chain_sigma_db, usable
from commune_coverage.radio.propagation.free_space import free_space_loss_db
from commune_coverage.radio.propagation.registry import MODELS

RURAL = ["tr36942_rural", "hata_open", "tr38901_rma"]
LINK = Link(900, 40)
DISTANCES_M = np.concatenate([[0.0], np.geomspace(0.5, 400_000, 300), [1000, 5000, 10_000, 20_000, 100_000]])
DISTANCES_M.sort()


def own(name: str, metres: float, link: Link = LINK) -> float:
    return float(MODELS[name].loss_db(np.array([metres]), link)[0])


def at(names: list[str], metres: float, link: Link = LINK) -> float:
    return float(chain_loss_db(names, np.array([metres]), link)[0])


def test_only_models_that_take_the_link_are_used() -> None:
    assert [model.name for model in usable(RURAL, LINK)] == RURAL
    assert [model.name for model in usable(RURAL, Link(3500, 40))] == ["tr38901_rma"]
    assert [model.name for model in usable(RURAL, Link(900, 20))] == ["tr38901_rma"]
    assert usable(["free_space"], LINK) == []


@pytest.mark.parametrize("metres", [1000.0, 4321.0, 20_000.0])
def test_first_model_within_its_distances(metres: float) -> None:
    assert at(RURAL, metres) == own("tr36942_rural", metres)


def test_nearer_the_next_model_but_no_more_than_where_the_first_begins() -> None:
    """The open model begins at 1 km with less loss than RMa has there: RMa counts only up to that loss."""
    chain, first = ["tr36942_rural", "tr38901_rma"], own("tr36942_rural", 1000)
    assert at(chain, 100) == own("tr38901_rma", 100) < first
    assert own("tr38901_rma", 999) > first
    assert at(chain, 999) == first


def test_nearer_than_all_models_is_free_space() -> None:
    assert at(RURAL, 9.999) == own("free_space", 9.999) < own("tr38901_rma", 10) == at(RURAL, 10)
    assert at(RURAL, 0) == own("free_space", 1)


def test_farther_the_next_model_but_no_less_than_where_the_first_ends() -> None:
    chain = ["tr38901_uma", "hata_open"]
    ends = own("tr38901_uma", 5000)
    assert own("hata_open", 6000) < ends
    assert at(chain, 6000) == ends
    assert own("hata_open", 60_000) > ends
    assert at(chain, 60_000) == own("hata_open", 60_000)


def test_beyond_the_farthest_range_nothing_is_claimed() -> None:
    assert chain_reach_m(RURAL, LINK) == 100_000
    assert np.isfinite(at(RURAL, 100_000))
    assert at(RURAL, 100_001) == np.inf
    assert chain_reach_m(["tr36942_rural"], LINK) == 20_000
    assert at(["tr36942_rural"], 20_001) == np.inf


@pytest.mark.parametrize("names", [[], ["free_space"], ["hata_open", "tr36942_rural"]])
def test_where_no_model_takes_the_link_free_space_for_a_kilometre(names: list[str]) -> None:
    link = Link(6000, 40)
    assert chain_reach_m(names, link) == 1000
    assert at(names, 1000, link) == own("free_space", 1000, link)
    assert at(names, 1000.1, link) == np.inf
    assert chain_sigma_db(names, link) == 10


def test_scatter_is_the_first_usable_models() -> None:
    assert chain_sigma_db(["hata_open", "tr36942_rural"], LINK) == 8
    assert chain_sigma_db(["hata_open", "tr36942_rural"], Link(1800, 40)) == 10
    assert chain_sigma_db(RURAL, Link(3500, 40)) == 8


def test_free_space_in_a_chain_changes_nothing() -> None:
    with_it = ["free_space", *RURAL, "free_space"]
    assert np.array_equal(chain_loss_db(with_it, DISTANCES_M, LINK), chain_loss_db(RURAL, DISTANCES_M, LINK))
    assert chain_reach_m(with_it, LINK) == chain_reach_m(RURAL, LINK)


def test_models_can_be_chosen_for_another_link() -> None:
    """A taller mast by the models of the lower one: 20 m is RMa's alone, and stays so for 40 m."""
    loss = chain_loss_db(RURAL, DISTANCES_M, LINK, chosen_for=Link(900, 20))
    assert np.array_equal(loss, chain_loss_db(["tr38901_rma"], DISTANCES_M, LINK))
    assert not np.array_equal(loss, chain_loss_db(RURAL, DISTANCES_M, LINK))


def test_many_distances_at_once_are_each_alone() -> None:
    many = np.linspace(0, 120_000, 10_000)
    loss = chain_loss_db(RURAL, many, LINK)
    assert loss.shape == many.shape
    assert [loss[row] for row in (0, 7, 500, 9000, 9999)] == [at(RURAL, many[row]) for row in (0, 7, 500, 9000, 9999)]


@given(
    names=st.lists(st.sampled_from(sorted(MODELS)), max_size=5),
    mhz=st.floats(100, 40_000),
    antenna_m=st.floats(1, 250),
    receiver_m=st.floats(0.5, 25),
)
def test_any_chain_never_falls_and_stays_over_free_space(
    names: list[str], mhz: float, antenna_m: float, receiver_m: float
) -> None:
    link = Link(mhz, antenna_m, receiver_m)
    loss, reach_m = chain_loss_db(names, DISTANCES_M, link), chain_reach_m(names, link)
    inside = reach_m >= DISTANCES_M
    claimed = loss[inside]
    assert np.all(np.isfinite(claimed))
    assert np.all(loss[~inside] == np.inf)
    assert np.all(np.diff(claimed) >= -1e-9)
    assert np.all(claimed >= free_space_loss_db(DISTANCES_M[inside], link) - 1e-9)
