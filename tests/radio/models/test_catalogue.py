"""What holds for every model: its name, its source, and that its loss never falls with distance."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.registry import MODELS

DISTANCES_M = np.concatenate([[0.0], np.geomspace(0.1, 300_000, 400)])


def test_all_models_are_there_by_name() -> None:
    expected = {"free_space", "tr36942_urban", "tr36942_rural"}
    expected |= {f"extended_hata_{place}" for place in ("urban", "suburban", "open")}
    expected |= {f"hata_{place}" for place in ("urban", "suburban", "open")}
    expected |= {f"cost231_{place}" for place in ("urban", "metropolitan", "suburban", "open")}
    expected |= {f"tr38901_{where}{kind}" for where in ("rma", "uma", "umi") for kind in ("", "_los", "_nlos")}
    assert set(MODELS) == expected
    assert all(name == model.name and model.source for name, model in MODELS.items())


@given(name=st.sampled_from(sorted(MODELS)), part=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)))
def test_loss_never_falls_with_distance(name: str, part: tuple[float, float, float]) -> None:
    """Within the model's frequencies and heights, from the mast itself to far beyond the model's own distances."""
    model = MODELS[name]
    ranges = (model.frequency_mhz, model.antenna_height_m, model.receiver_height_m)
    mhz, antenna_m, receiver_m = (low + share * (high - low) for share, (low, high) in zip(part, ranges, strict=True))
    loss = model.loss_db(DISTANCES_M, Link(mhz, antenna_m, receiver_m))
    assert loss.shape == DISTANCES_M.shape
    assert np.all(np.isfinite(loss))
    assert np.all(np.diff(loss) >= -1e-9)


def test_more_frequency_is_more_loss() -> None:
    for name, model in MODELS.items():
        low, high = model.frequency_mhz
        middle = math.sqrt(max(low, 100) * high)
        height_m = min(max(30.0, model.antenna_height_m[0]), model.antenna_height_m[1])
        at = np.array([min(3000.0, model.distance_m[1])])
        losses = [model.loss_db(at, Link(mhz, height_m))[0] for mhz in (middle, high)]
        assert losses[0] < losses[1], name
