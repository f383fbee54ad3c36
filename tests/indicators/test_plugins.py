"""Indicators of other packages: the example of docs/howto/add_an_indicator.md as a distribution on the path."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.country import Country
from commune_coverage.core.errors import IndicatorError
from commune_coverage.core.files import read_json
from commune_coverage.core.plug_ins import INDICATORS, plug_in_versions
from commune_coverage.indicators.context import IndicatorContext
from commune_coverage.indicators.registry import (
    THEME_COLUMNS,
    _problem_of_column,
    compute_columns,
    load_plugins,
    plugin_columns,
)
from commune_coverage.population.sums import CommuneSums
from tests import tiny
from tests.howto.guide import files_of

COUNTRY = cast("Country", None)
Install = Callable[..., None]
MODULE = "tests_fake_indicator"
GOOD = files_of("add_an_indicator.md")["my_indicators.py"]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution with one indicator on the path."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))

    def write(source: str, version: str = "1.0", target: str = f"{MODULE}:INDICATOR") -> None:
        info = site / f"fake_indicators-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: fake-indicators\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[{INDICATORS}]\nremoteness = {target}\n")
        (site / f"{MODULE}.py").write_text(source)
        sys.modules.pop(MODULE, None)

    load_plugins.cache_clear()
    yield write
    load_plugins.cache_clear()
    sys.modules.pop(MODULE, None)


def _run(folder: Path) -> Path:
    country = tiny.write_with_roads(folder / "in")
    run_pipeline(country, folder / "d", folder / "m", date(2026, 3, 1), "serial", lambda *_: None)
    return folder / "d/latest"


def test_the_columns_of_another_package_reach_the_table_the_dictionary_and_the_stages_facts(
    install: Install, tmp_path: Path
) -> None:
    install(GOOD)
    (label,) = plug_in_versions()
    latest = _run(tmp_path)
    table = pd.read_csv(latest / "commune_gaps.csv", dtype={"commune_code": str})
    assert (table["remote_people"] == table["delivery_gap_people"] + table["payment_gap_people"]).all()
    assert set(table["remote_class"]) == {"far", "near"}
    assert (table["reached_people"] == table["people"] - table["unreachable_people"]).all()
    parquet = pd.read_parquet(latest / "commune_gaps.parquet")
    assert parquet["remote_people"].tolist() == table["remote_people"].tolist()
    meaning = pd.read_csv(latest / "data_dictionary.csv").set_index("column")["meaning"]
    assert meaning["remote_people"] == "People without a parcel or without cash, added up."
    facts = read_json(latest / "stages/indicators.report.json")["facts"]
    assert facts["plugins"] == {"remoteness": "fake-indicators 1.0"}
    parts = {stage: read_json(latest / f"stages/{stage}.report.json")["key_parts"] for stage in ("indicators", "radio")}
    assert [f"plug-in:{label}" in parts[stage] for stage in ("indicators", "radio")] == [True, False]


def test_what_stands_behind_a_plug_in_is_stated_by_version_and_code(install: Install) -> None:
    install(GOOD)
    ((label, before),) = plug_in_versions().items()
    assert (label, before[:20]) == (f"{INDICATORS}.remoteness", "fake-indicators 1.0 ")


def test_they_are_loaded_once_for_all_stages(install: Install) -> None:
    install(GOOD)
    assert load_plugins() is load_plugins()


def test_without_the_artifact_that_it_needs_its_columns_are_empty(install: Install, tmp_path: Path) -> None:
    install(GOOD)
    country = tiny.write_with_roads(tmp_path / "in")
    text = country.read_text().replace('[layers.hubs]\npath = "hubs.csv"\ncolumns = { class = "kind" }\n', "")
    country.write_text(text)
    run_pipeline(country, tmp_path / "d", tmp_path / "m", date(2026, 3, 1), "serial", lambda *_: None)
    table = pd.read_csv(tmp_path / "d/latest/commune_gaps.csv")
    assert table[["remote_people", "remote_class", "reached_people"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("import nothing_of_that_name", f"{MODULE}:INDICATOR", "cannot be imported .*nothing_of_that_name"),
        (GOOD, f"{MODULE}:OTHER", "cannot be imported"),
        ("INDICATOR = 5", f"{MODULE}:INDICATOR", "is a int, not an IndicatorSpec"),
        (GOOD.replace('"remoteness"', '"internet"'), f"{MODULE}:INDICATOR", "two indicators are called 'internet'"),
        (GOOD.replace('"remoteness"', '"Remote!"'), f"{MODULE}:INDICATOR", "lower-case letters"),
        (GOOD.replace('("delivery_sums",)', '("places",)'), f"{MODULE}:INDICATOR", "needs the artifact 'places'"),
    ],
)
def test_an_indicator_that_cannot_be_loaded_ends_in_one_sentence(
    install: Install, source: str, target: str, sentence: str
) -> None:
    install(source, target=target)
    with pytest.raises(IndicatorError, match=sentence):
        load_plugins()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"remote_people": far', '"other": far, "remote_people": far', "returns the column 'other', which it does not"),
        ('        "remote_people": far,\n', "", "does not return the column 'remote_people'"),
        ('"remote_people": far', '"remote_people": far[:2]', "has 2 values for 9 communes"),
        ('"remote_people": far', '"remote_people": "many"', "does not hold number values"),
        ('"remote_people": far', '"remote_people": -far', "is not within 0..None"),
        ("    far = table", "    1 / 0\n    far = table", "fails: ZeroDivisionError"),
        ('Column("remote_people"', 'Column("people"', "there is a column 'people' already"),
        ('Column("remote_people", "number", "', '("remote_people", "', "declares a tuple where a Column is expected"),
    ],
)
def test_an_indicator_that_is_not_as_declared_ends_in_one_sentence(
    install: Install, old: str, new: str, sentence: str
) -> None:
    assert old in GOOD
    install(GOOD.replace(old, new))
    (spec,) = load_plugins()
    sums = {"delivery_sums": CommuneSums({"reached_dry": np.ones(9)}, {}, {})}
    table = pd.DataFrame({"delivery_gap_people": np.arange(9.0), "payment_gap_people": np.arange(9.0)})

    def use() -> None:
        plugin_columns([spec], ["people"], COUNTRY)
        compute_columns(spec, table, IndicatorContext(COUNTRY, sums))

    with pytest.raises(IndicatorError, match=sentence) as raised:
        use()
    assert "'remoteness' of fake-indicators 1.0" in str(raised.value)


def test_the_packages_own_themes_declare_what_they_compute() -> None:
    assert list(THEME_COLUMNS) == ["internet", "delivery", "payment"]
    assert load_plugins() == ()


def test_what_only_looks_like_a_column_is_none() -> None:
    alike = SimpleNamespace(name="a_share", kind="number")
    assert _problem_of_column(alike, set()) == "it declares a SimpleNamespace where a Column is expected"
