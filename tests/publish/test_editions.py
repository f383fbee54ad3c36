"""Nothing of a confidential layer is in the public edition: every file is searched for what was planted in it."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import open_results
from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import RunError
from commune_coverage.publish.briefs import write_shown
from tests.forms import short_form_of
from tests.publish import secret_country
from tests.publish.searched import found
from tests.site.pages import page_files

DAY = date(2026, 3, 1)
IN_SHORT = ("towers", "people")
"""Layers that are searched for in the short form; the long one takes all."""


class Editions:
    """The country of every layer, run once; what lies in both editions, with briefs."""

    def __init__(self, folder: Path, say: str = "") -> None:
        self.folder, self.data, self.maps = folder, folder / "d", folder / "m"
        self.country = secret_country.write(folder / "in", say)

    def run(self, day: date = DAY) -> str:
        return run_pipeline(self.country, self.data, self.maps, day, "serial", lambda *_: None).run_id

    def with_briefs(self) -> None:
        for edition in ("public", "internal"):
            write_shown(self.data, self.folder / "briefs" / edition, ["en"], ["P0"], edition=edition)

    @property
    def public(self) -> list[Path]:
        return [self.data / "latest", self.maps / "latest", self.folder / "briefs/public"]

    @property
    def internal(self) -> list[Path]:
        return [self.data / "internal", self.maps / "internal/latest", self.folder / "briefs/internal"]

    def table(self, edition: str) -> pd.DataFrame:
        return gpd.read_parquet(self.data / edition / "commune_gaps.parquet").set_index("commune_code")

    def report(self, edition: str) -> dict:
        return json.loads((self.data / edition / "report.json").read_text())


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stages of the country compute, for every run of these tests."""
    editions = Editions(tmp_path_factory.mktemp("cached"))
    editions.run()
    assert not (editions.data / "public").exists()
    assert not (editions.maps / "internal").exists()
    return editions.data / "cache"


def run_of(folder: Path, cached: Path, say: str) -> Editions:
    editions = Editions(folder, say)
    shutil.copytree(cached, editions.data / "cache")
    editions.run()
    return editions


def _number(value: int) -> str:
    return rf"(?<![0-9a-z.]){value}(?![0-9a-z])"


def patterns_of(layer: str, manifest: dict) -> dict[str, str]:
    """What is looked for: words, digests, positions in degrees and metres, counts."""
    patterns = {word: re.escape(word) for word in secret_country.words(layer)}
    patterns["digest"] = manifest["inputs"][layer]["sha256"]
    if layer in secret_country.OF_POINTS:
        for name, degrees in zip(("lon", "lat"), secret_country.position(layer), strict=True):
            patterns[name] = rf"(?<!\d){re.escape(f'{degrees:.5f}')}|{_number(round(degrees * 1e5))}"
        for name, metres in zip("xy", secret_country.projected(layer), strict=True):
            patterns[name] = _number(metres)
    if layer in secret_country.NUMBERS:
        patterns["count"] = _number(secret_country.NUMBERS[layer])
    return patterns


@pytest.mark.parametrize("layer", short_form_of(secret_country.LAYERS, IN_SHORT))
def test_nothing_internal_is_in_the_public_edition(layer: str, cached: Path, tmp_path: Path) -> None:
    editions = run_of(tmp_path, cached, f'{layer}: confidentiality = "internal"')
    editions.with_briefs()
    manifest = json.loads((editions.data / "internal/manifest.json").read_text())
    patterns = patterns_of(layer, manifest)
    assert {what: files for what, files in found(patterns, editions.public).items() if files} == {}
    missed = {what for what, files in found(patterns, editions.internal).items() if not files}
    assert missed <= _NOT_KEPT.get(layer, set()), "what is looked for must be there to be found"
    others = [name for name in secret_country.LAYERS if name != layer]
    public = found({name: f"zq{name}file" for name in others}, editions.public)
    assert [name for name, files in public.items() if not files] == [], "layers that are public are shown"
    assert layer not in editions.report("latest")["layers"]
    assert editions.report("latest")["withheld_layers"] == {layer: None}


_NOT_KEPT = {
    "roads": {"lon", "lat"}, "speed_tests": {"x", "y"}, "fibre": {"lon", "lat"}, "fixed": {"lon", "lat"},
    "people_groups": {"lon", "lat", "x", "y"},
}  # fmt: skip
"""What a run does not keep of a layer in that form: nobody can find it in any edition."""


def test_figures_that_both_editions_have_are_equal(cached: Path, tmp_path: Path) -> None:
    editions = run_of(
        tmp_path, cached, 'towers: confidentiality = "internal"\nsubscriptions: confidentiality = "internal"'
    )
    public, internal = editions.table("latest"), editions.table("internal")
    assert list(public.columns) == [*internal.columns[:-1], "withheld", "geometry"]
    for name in internal:
        there = public[name].notna() & (public[name] != "")
        assert (public[name][there] == internal[name][there]).all(), name
        gone = internal[name].notna() & (internal[name] != "") & ~there
        assert not gone.any() or re.fullmatch("cells|sites|cell_samples|calibration|using_people|usage_gap_.*", name)
    assert set(public["withheld"]) == {"towers", "subscriptions, towers"}
    assert public["internet_gap_share"].notna().all()
    national = {edition: editions.report(edition)["national"] for edition in ("latest", "internal")}
    assert national["latest"] == national["internal"]
    assert (editions.data / "latest/hubs.csv").read_bytes() == (editions.data / "internal/hubs.csv").read_bytes()


def test_people_that_are_internal_leave_shares_and_no_numbers(cached: Path, tmp_path: Path) -> None:
    editions = run_of(tmp_path, cached, 'people: confidentiality = "internal"')
    public = editions.table("latest")
    of_people = [name for name in public if name == "people" or name.endswith("_people")]
    assert len(of_people) > 10
    assert public[of_people].isna().all().all()
    assert public["internet_gap_share"].notna().all()
    national = editions.report("latest")["national"]
    assert {name for name, value in national.items() if "people" in name and value is not None} == set()
    assert national["delivery_gap_share"] is not None
    hubs = pd.read_csv(editions.data / "latest/hubs.csv")
    assert not [name for name in hubs if name.startswith("load_")], "loads are people"
    institutions = pd.read_csv(editions.data / "latest/institutions.csv")
    assert not [name for name in institutions if name.startswith("people_")]
    public, internal = (page_files(editions.maps / name) / "data/pictures" for name in ("latest", "internal/latest"))
    assert not public.exists(), "pictures show where people live"
    assert list(internal.iterdir())
    official = pd.read_csv(editions.data / "latest/official_indicators.csv")
    assert official.loc[official["unit"] == "per 100,000 adults", "value"].isna().all()


@pytest.mark.parametrize(
    ("layer", "pictures"),
    [("towers", "signal"), ("hubs", "minutes"), pytest.param("roads", "minutes", marks=pytest.mark.long)],
)
def test_pictures_of_places_stay_inside(layer: str, pictures: str, cached: Path, tmp_path: Path) -> None:
    editions = run_of(tmp_path, cached, f'{layer}: confidentiality = "internal"')
    names = {
        edition: {path.name for path in (page_files(editions.maps / edition) / "data/pictures").glob(f"{pictures}*")}
        for edition in ("latest", "internal/latest")
    }
    assert names["internal/latest"]
    assert not names["latest"]
    institutions = pd.read_csv(editions.data / "latest/institutions.csv")
    assert ("nearest_mast_m" in institutions) == (layer != "towers"), "distances to masts say where masts are"


def _published_people(editions: Editions) -> list[tuple[np.ndarray, float]]:
    """Which communes each published number of people is the sum of, and the number."""
    public, count = editions.table("latest"), 9
    rows = [(np.eye(count)[row], people) for row, people in enumerate(public["people"]) if not np.isnan(people)]
    nation = editions.report("latest")["national"]["people"]
    return rows if nation is None else [*rows, (np.ones(count), nation)]


@pytest.mark.parametrize("min_count", short_form_of((150, 250, 350, 650, 100_000), (350,)))
def test_what_is_aggregated_is_not_given_back(min_count: int, cached: Path, tmp_path: Path) -> None:
    editions = run_of(tmp_path, cached, f'people: confidentiality = "aggregated"\npeople: min_count = {min_count}')
    public, internal = editions.table("latest"), editions.table("internal")
    gone = public["people"].isna().to_numpy()
    assert gone[internal["people"] < min_count].all()
    assert gone.sum() >= 2
    published = [row for row, _ in _published_people(editions)]
    for commune in np.flatnonzero(gone):
        both = np.array([*published, np.eye(9)[commune]])
        assert np.linalg.matrix_rank(both) > len(published)
    for name in public:
        if re.fullmatch(r".*_(people|share|median|evidence|doubts)(_low|_high)?", name) and not name.startswith(
            "measured"
        ):
            assert (public.loc[gone, name].isna() | (public.loc[gone, name] == "")).all(), name
            assert "rural" in name or public.loc[~gone, name].equals(internal.loc[~gone, name]), name
    assert set(public.loc[gone, "withheld"]) == {"people"}
    assert set(public.loc[gone, "internet_note"]) == {"withheld because too few people or records stand behind it"}
    operators = pd.read_csv(editions.data / "latest/operator_coverage.csv", dtype={"commune_code": str})
    is_gone = operators["commune_code"].isin(public.index[gone])
    assert operators.loc[is_gone, "covered_share"].isna().all()
    assert operators.loc[~is_gone, "covered_share"].notna().all()


def test_provinces_that_are_too_small_have_no_official_indicators(cached: Path, tmp_path: Path) -> None:
    editions = run_of(tmp_path, cached, 'people: confidentiality = "aggregated"\npeople: min_count = 100000')
    rows = pd.read_csv(editions.data / "latest/official_indicators.csv").set_index(["level", "code"], drop=False)
    assert rows.loc["province", "value"].isna().all()
    assert rows.loc["nation", "value"].notna().any()
    assert set(rows.loc["province", "withheld"]) == {"yes"}
    fine = run_of(tmp_path / "fine", cached, 'people: confidentiality = "aggregated"\npeople: min_count = 150')
    assert pd.read_csv(fine.data / "latest/official_indicators.csv")["value"].notna().any()


def test_every_table_of_a_run_is_on_the_white_list(tmp_path: Path, cached: Path) -> None:
    from commune_coverage.publish.editions.shown import table_shown

    editions = run_of(tmp_path, cached, 'towers: confidentiality = "internal"')
    names = {path.stem for path in (editions.data / "internal").glob("*.csv")}
    apart = {"commune_gaps", "data_dictionary", "quarantine", "changes"}
    unlisted = {name for name in names - apart if not name.endswith("_dictionary") and table_shown(name) is None}
    assert unlisted == set()
    (editions.data / "internal" / "newer.csv").write_text("a\n1\n", encoding="utf-8")
    assert table_shown("newer") is None


def test_results_of_the_public_edition_say_what_they_lack(cached: Path, tmp_path: Path) -> None:
    editions = run_of(tmp_path, cached, 'towers: confidentiality = "internal"')
    public, internal = open_results(editions.data), open_results(editions.data, edition="internal")
    run_id = public.report["run_id"]
    assert open_results(editions.data, run_id).folder == editions.data / "public" / run_id
    with pytest.raises(RunError, match=r"no 'sites\.csv': in its public edition"):
        _ = public.sites
    with pytest.raises(RunError, match="public edition has no levels"):
        public.levels()
    assert len(internal.sites) == 3
    assert len(internal.grid) == 10


def test_pages_say_which_edition_they_are_of_in_both_languages(cached: Path, tmp_path: Path) -> None:
    say = 'towers: confidentiality = "internal"\nhubs: confidentiality = "aggregated"\nhubs: min_count = 12'
    editions = run_of(tmp_path, cached, say)
    public, internal = (
        [page.read_text("utf-8") for page in sorted((editions.maps / name).glob("*.html"))]
        for name in ("latest", "internal/latest")
    )
    assert len(internal) > len(public) > 8, "towers and hubs have no page where neither is public"
    assert all('data-words="banner_internal"' in page and "layer_towers" in page for page in internal)
    assert all('data-words="banner_withheld"' in page and "layer_towers" in page for page in public)
    assert all('data-words="banner_aggregated"' in page and "at least 12 " in page for page in public)
    for name, key in (("latest", "banner_withheld"), ("internal/latest", "banner_internal")):
        khmer = (page_files(editions.maps / name) / "data/words-km.js").read_text("utf-8")
        assert re.search(rf'"{key}":"[^"]*[\u1780-\u17ff]', khmer)
