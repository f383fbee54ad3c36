"""Spatial layers: by hand, against simulated channels, and as the country's file states them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from commune_coverage.radio.link_budget_config import Override, Technology
from commune_coverage.radio.spectral_efficiency import needed_sinr, spectral_efficiency
from commune_coverage.readers.towers.link_budgets import load_radios
from tests import mimo

RADIOS = load_radios(None)


@pytest.mark.parametrize(
    ("sinr_db", "layers", "wanted"),
    [
        (0.0, 1, 0.6),  # 0.6 log2(2)
        (0.0, 2, 0.6),  # two layers of -6 dB each would give 0.386
        (9.0308998699, 2, 0.6 * math.log2(9)),  # SINR 8: one layer as two, (1 + 8/4)^2 = 9
        (15.0, 2, 3.7857),  # 1.2 log2(1 + 31.623 / 4)
        (15.0, 4, 4.7674),  # three layers: 1.8 log2(1 + 31.623 / 6)
        (25.0, 1, 4.4),  # 0.6 log2(317.2) = 4.99
        (25.0, 2, 7.5875),  # 1.2 log2(1 + 316.23 / 4)
        (25.0, 4, 10.5025),  # four layers: 2.4 log2(1 + 316.23 / 16)
        (60.0, 4, 17.6),
    ],
)
def test_layers_by_hand(sinr_db: float, layers: int, wanted: float) -> None:
    assert spectral_efficiency(10 ** (sinr_db / 10), 0.6, 4.4, layers) == pytest.approx(wanted, abs=1e-4)


def channels(receive: int, send: int) -> np.ndarray:
    """Rayleigh channels of independent paths of unit mean power."""
    rng = np.random.default_rng(1)
    return (rng.normal(size=(20_000, receive, send)) + 1j * rng.normal(size=(20_000, receive, send))) / np.sqrt(2)


def zero_forcing(sinr: float, antennas: int, layers: int) -> float:
    """Mean Shannon rate of a receiver that keeps the layers apart, the power shared; SINR that of one layer."""
    fields = channels(antennas, layers)
    noise = np.linalg.inv(np.conj(fields.transpose(0, 2, 1)) @ fields).real.diagonal(axis1=1, axis2=2)
    return float(np.log2(1 + sinr / antennas / layers / noise).sum(axis=1).mean())


def capacity(sinr: float, antennas: int) -> float:
    """Mean capacity with equal power from as many antennas as receive (Telatar 1999)."""
    fields = channels(antennas, antennas)
    gram = np.eye(antennas) + sinr / antennas**2 * fields @ np.conj(fields.transpose(0, 2, 1))
    return float(np.log2(np.linalg.det(gram).real).mean())


@pytest.mark.parametrize("antennas", [2, 4])
@pytest.mark.parametrize("sinr_db", [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0])
def test_the_gain_of_layers_lies_between_zero_forcing_and_the_capacity_of_simulated_channels(
    sinr_db: float, antennas: int
) -> None:
    sinr = 10 ** (sinr_db / 10)
    single = zero_forcing(sinr, antennas, 1)
    gain = spectral_efficiency(sinr, 1.0, 100.0, antennas) / math.log2(1 + sinr)
    forced = max(zero_forcing(sinr, antennas, layers) for layers in range(1, antennas + 1)) / single
    assert forced - 0.01 <= gain <= capacity(sinr, antennas) / single + 0.01


@given(st.floats(-20, 50), st.floats(0.3, 1), st.sampled_from([1, 2, 4]))
def test_never_less_than_a_single_layer_nor_more_than_so_many(sinr_db: float, alpha: float, layers: int) -> None:
    sinr = 10 ** (sinr_db / 10)
    one, found = (spectral_efficiency(sinr, alpha, 4.4, count) for count in (1, layers))
    assert one <= found <= layers * one + 1e-12
    assert found == pytest.approx(mimo.efficiency(sinr_db, alpha, 4.4, layers), rel=1e-8)
    if found < layers * 4.4:
        assert 10 * math.log10(needed_sinr(found, alpha, 4.4, layers)) <= sinr_db + 1e-6


@given(st.floats(0.05, 20), st.floats(0.3, 1), st.sampled_from([1, 2, 4]))
def test_what_an_efficiency_takes_is_what_bisection_finds(bits_per_hz: float, alpha: float, layers: int) -> None:
    needed = needed_sinr(bits_per_hz, alpha, 4.4, layers)
    wanted = mimo.takes_db(bits_per_hz, alpha, 4.4, layers)
    assert needed == math.inf if wanted == math.inf else 10 * math.log10(needed) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("technology", ["2g", "3g", "4g", "5g"])
@pytest.mark.parametrize("mhz", [700.0, 1399.0, 1400.0, 2495.0, 2496.0, 3500.0])
def test_shipped_layers_by_band(technology: str, mhz: float) -> None:
    found = RADIOS.technologies[technology].layers_at(mhz)
    assert (found.value, found.low, found.high) == mimo.shipped_layers(technology, mhz)


def test_a_country_states_layers_as_a_number_or_by_band_and_nothing_impossible() -> None:
    lte = RADIOS.technologies["4g"].model_dump()
    plain = Technology.model_validate(lte | {"layers": 4})
    assert plain.layers_at(800).value == plain.layers_at(2600).high == 4
    for layers in (3, 0, {"value": 2, "low": 1, "high": 3}, [{"from_mhz": 800, "value": 2, "low": 2, "high": 2}], []):
        with pytest.raises(ValidationError, match="layers"):
            Technology.model_validate(lte | {"layers": layers})
    stated = Override.model_validate({"operator": "One", "layers": 1, "source": "its licence"})
    radios = RADIOS.model_copy(update={"overrides": [stated]})
    assert radios.budget("One", "", "4g").layers_at(2600).high == 1
    assert radios.budget("Two", "", "4g").layers_at(2600).high == 4
    with pytest.raises(ValidationError, match="cannot differ by environment"):
        Override.model_validate({"environment": "rural", "layers": 1, "source": "its licence"})
