"""An optional column of the challenges may be absent: they are read all the same."""

import pandas as pd
import pytest

from commune_coverage.config.loader import load_country
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.schema.inputs import CHALLENGES
from tests.quality.spoilt import write_country

OPTIONAL = [column.name for column in CHALLENGES.columns if not column.required]


@pytest.mark.parametrize("name", OPTIONAL)
def test_challenges_without_an_optional_column(tmp_path, name):
    country = write_country(tmp_path / "in", "challenges", "sound", is_alone=True)
    table = pd.read_csv(country.parent / "challenges.csv", dtype=str)
    table.drop(columns=name, errors="ignore").to_csv(country.parent / "challenges.csv", index=False)
    findings = check_country(load_country(country), tmp_path / "data")
    assert findings.problems == []
    (log,) = [log for log in findings.logs if log.layer == "challenges"]
    assert (log.read, log.kept) == (9, 9)


def test_an_accepted_challenge_without_its_share_is_set_aside(tmp_path):
    country = write_country(tmp_path / "in", "challenges", "sound", is_alone=True)
    table = pd.read_csv(country.parent / "challenges.csv", dtype=str).drop(columns="claimed_share")
    table.loc[[0, 4], "decision"] = "accepted"
    table.to_csv(country.parent / "challenges.csv", index=False)
    (log,) = [log for log in check_country(load_country(country), tmp_path / "data").logs if log.layer == "challenges"]
    assert (log.kept, log.quarantined) == (7, 2)
