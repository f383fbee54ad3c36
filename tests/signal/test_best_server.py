import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import CountryFileError, MissingFileError
from coverage.signal.best_server import NO_SERVER, STEPS, best_service, path_loss_db
from coverage.signal.speed import edge_sinr_db, edge_speed_mbps
from coverage.sources.radios import load_radios

RADIOS = load_radios(None)
LTE = RADIOS.technologies["4g"]
METRES = st.integers(-20_000, 20_000)


def _cells(positions, **stated):
    frame = pd.DataFrame(positions, columns=["x_m", "y_m"], dtype=float)
    return frame.assign(**dict.fromkeys(STEPS, np.nan) | stated)


def _service(places, cells, urban=None, max_range_m=35_000.0):
    x, y = np.array(places, dtype=float).T
    urban = np.zeros(len(x), bool) if urban is None else np.array(urban)
    return best_service(x, y, urban, cells, "4g", RADIOS, max_range_m)


def _by_brute_force(places, cells, urban):
    best = np.full(len(places), -np.inf)
    for row in cells.itertuples():
        for i, (x, y) in enumerate(places):
            distance = np.array([np.hypot(x - row.x_m, y - row.y_m)])
            power = (LTE.eirp_dbm if np.isnan(row.eirp_dbm) else row.eirp_dbm) - path_loss_db(
                distance, np.array([urban[i]]), 1800.0 if np.isnan(row.band_mhz) else row.band_mhz, 30.0, RADIOS
            )[0]
            best[i] = max(best[i], power) if distance[0] <= 35_000 else best[i]
    return best


def test_speed_at_the_edge_by_hand():
    sinr = np.array([-6.1, -6.0, 0.0, 40.0])
    speed = edge_speed_mbps(sinr, LTE, 10.0)
    assert speed.tolist() == pytest.approx([0, 10 * 0.6 * np.log2(1 + 10**-0.6), 6.0, 44.0])


def test_margins_are_those_of_ninety_percent_and_half_load():
    assert RADIOS.conditions.shadow_margin_db == pytest.approx(10 * 1.28155, abs=1e-3)
    assert RADIOS.conditions.interference_margin_db == pytest.approx(3.0103, abs=1e-3)
    noise = -174 + 70 + 9
    assert edge_sinr_db(np.array([-80.0]), LTE, 10.0, RADIOS.conditions)[0] == pytest.approx(
        -80 - noise - 10 * 1.28155 - 3.0103 - 3, abs=1e-3
    )


def test_the_nearest_of_equal_cells_serves_and_out_of_range_nobody():
    service = _service([(0, 0), (9000, 0), (200_000, 0)], _cells([(1000, 0), (8000, 0)]))
    assert service.server.tolist() == [0, 1, NO_SERVER]
    assert service.is_covered.tolist() == [True, True, False]
    assert service.received_dbm[2] == -np.inf


def test_a_stronger_cell_farther_away_can_serve():
    cells = _cells([(1000, 0), (1500, 0)], eirp_dbm=[30.0, 70.0])
    assert _service([(0, 0)], cells).server.tolist() == [1]


def test_no_cells_no_service():
    assert _service([(0, 0)], _cells([])).is_covered.tolist() == [False]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(METRES, METRES, st.sampled_from([40.0, 61.0])), min_size=1, max_size=12),
    st.lists(st.tuples(METRES, METRES, st.booleans()), min_size=1, max_size=8),
)
def test_one_tree_a_class_equals_brute_force_when_bands_agree(masts, spots):
    cells = _cells([mast[:2] for mast in masts], eirp_dbm=[mast[2] for mast in masts])
    places, urban = [spot[:2] for spot in spots], [spot[2] for spot in spots]
    service = _service(places, cells, urban)
    expected = _by_brute_force(places, cells, urban)
    covered = service.is_covered
    assert service.received_dbm[covered].tolist() == pytest.approx(expected[covered].tolist())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-30_000, 30_000), st.integers(-30_000, 30_000)), min_size=2, max_size=10))
def test_one_more_tower_is_never_worse(masts):
    places = [(x, y) for x in range(-30_000, 30_001, 15_000) for y in range(-30_000, 30_001, 15_000)]
    fewer, more = _service(places, _cells(masts[:-1])), _service(places, _cells(masts))
    assert (more.speed_mbps >= fewer.speed_mbps).all()


def test_more_power_is_never_less_signal():
    places = [(x, 0) for x in range(0, 30_000, 500)]
    weak, strong = (_service(places, _cells([(0, 0)], eirp_dbm=power)) for power in (50.0, 60.0))
    assert (strong.received_dbm >= weak.received_dbm).all()


def test_a_countrys_own_radios_are_checked(tmp_path):
    with pytest.raises(MissingFileError):
        load_radios(tmp_path / "radios.toml")
    (tmp_path / "radios.toml").write_text("[conditions]\nload = 2.0\nlod = 1\n")
    with pytest.raises(CountryFileError, match=r"conditions\.load") as error:
        load_radios(tmp_path / "radios.toml")
    assert "conditions.lod" in str(error.value)
