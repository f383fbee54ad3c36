"""Luxembourg with the published share of people whom fixed lines of 100 Mbps reach: 94.5 %, and nobody says which."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline

# One process computes what the tests share.
pytestmark = pytest.mark.xdist_group("luxembourg")

FIXED_SHARE = 0.945


@pytest.fixture(scope="module")
def luxembourg(shared_data, tmp_path_factory, pytestconfig):
    """Headline, national figures and table, by whether the share is stated for the nation or for each canton."""
    folder, found = tmp_path_factory.mktemp("fixed"), {}
    text = (pytestconfig.rootpath / "tests/real/luxembourg.toml").read_text()
    text = text.replace("../../../shared/data", str(shared_data))
    areas = {"nation": [""], "cantons": [f"{number:02d}" for number in range(1, 13)]}
    for name, codes in areas.items():
        table = pd.DataFrame({"code": codes, "speed_mbps": 100, "covered_share": FIXED_SHARE})
        table.to_csv(folder / f"{name}.csv", index=False)
        country = folder / f"{name}.toml"
        country.write_text(f'{text}\n[layers.fixed]\npath = "{name}.csv"\n')
        done = run_pipeline(
            country, folder / name, folder / f"{name}-maps", date(2026, 1, 31), "serial", lambda *_: None
        )
        latest = folder / name / "latest"
        national = json.loads((latest / "report.json").read_text())["national"]
        page = (folder / f"{name}-maps/latest/internet.html").read_text(encoding="utf-8")
        found[name] = done.headline, national, pd.read_csv(latest / "commune_gaps.csv"), page
    return found


@pytest.mark.parametrize("areas", ["nation", "cantons"])
def test_the_headline_lies_within_the_bounds_of_what_is_known_and_its_words_say_so(luxembourg, areas):
    headline, national, table, page = luxembourg[areas]
    people = table["people"].to_numpy()
    mobile = (table["mobile_gap_share"] * people).sum() / people.sum()
    assert 0.02 < mobile < 0.3
    assert national["mobile_gap_share"] == pytest.approx(mobile)
    assert national["fixed_share"] == pytest.approx(FIXED_SHARE)
    low, high = national["internet_gap_frechet_low_share"], national["internet_gap_frechet_high_share"]
    assert low <= national["internet_gap_share"] <= high
    # Everywhere the same share: the estimate is the product, canton by canton as for the nation.
    assert national["internet_gap_share"] == pytest.approx(mobile * (1 - FIXED_SHARE))
    # The nation's own bounds; by canton they are those of each.
    wanted = [max(0.0, mobile - FIXED_SHARE)], [min(mobile, 1 - FIXED_SHARE)]
    if areas == "cantons":
        gaps = table["mobile_gap_share"].to_numpy()
        wanted = np.maximum(gaps - FIXED_SHARE, 0) * people, np.minimum(gaps, 1 - FIXED_SHARE) * people
        wanted = [wanted[0].sum() / people.sum()], [wanted[1].sum() / people.sum()]
    assert (low, high) == pytest.approx((wanted[0][0], wanted[1][0]))
    assert "without high-speed internet, neither fixed nor mobile (estimate within bounds)" in headline
    assert f"bounds {low:.1%} to {high:.1%}" in headline
    assert "people without high-speed internet, neither fixed nor mobile (estimate within bounds)" in page


def test_every_canton_has_its_bounds_around_the_estimate(luxembourg):
    for _, _, table, _ in luxembourg.values():
        share = table["internet_gap_share"]
        assert (table["internet_gap_share_low"] <= table["internet_gap_frechet_low_share"]).all()
        assert (table["internet_gap_frechet_low_share"] <= share).all()
        assert (share <= table["internet_gap_frechet_high_share"] + 1e-12).all()
        assert (table["internet_gap_frechet_high_share"] <= table["internet_gap_share_high"] + 1e-12).all()
        assert (table["fixed_basis"] == "table").all()
