"""Users by commune, district or province, and codes that none of them has."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.config.layers import SubscriptionsLayer
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.indicators.measured import users_by_commune
from commune_coverage.readers.measured.subscriptions import read_subscriptions
from tests import tiny


def test_codes_are_found_at_their_level(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("code,users\n10101,40\n1,500\n999999,3\n10101,7\n010102,x\n")
    users, [log] = tiny.read(read_subscriptions, SubscriptionsLayer(path=path), tiny.area())
    assert users.to_numpy().tolist() == [["commune", "010101", 40], ["province", "01", 500]]
    assert (log.read, log.kept, log.quarantined) == (5, 2, 3)
    assert log.is_balanced()


def test_a_table_without_users_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("code,n\n1,2\n")
    with pytest.raises(MissingColumnError, match="users"):
        tiny.read(read_subscriptions, SubscriptionsLayer(path=tmp_path / "u.csv"), tiny.area())


def test_a_provinces_users_are_shared_by_the_people_covered_and_communes_come_first() -> None:
    import numpy as np

    users = pd.DataFrame({"level": ["province", "commune"], "code": ["01", "b"], "users": [100.0, 7.0]})
    codes = {"province": ["01", "01", "01", "02"], "commune": ["a", "b", "c", "d"]}
    found = users_by_commune(users, codes, np.array([30.0, 50, 20, 10]))
    assert found[:3].tolist() == [30, 7, 20]
    assert np.isnan(found[3])
    of_a_district = pd.DataFrame({"level": ["district"], "code": ["0101"], "users": [5.0]})
    assert np.isnan(users_by_commune(of_a_district, codes, np.ones(4))).all()
