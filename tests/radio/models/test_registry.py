"""Propagation models of other packages, by entry points."""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.plug_ins import PROPAGATION_MODELS
from commune_coverage.radio.propagation import registry
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db, chain_sigma_db
from commune_coverage.radio.propagation.free_space import FREE_SPACE
from commune_coverage.radio.propagation.registry import MODELS, propagation_models, with_entry_points
from commune_coverage.readers.towers.link_budgets import load_radios

LAKE = dataclasses.replace(
    FREE_SPACE, name="lake", loss_db=lambda metres, link: FREE_SPACE.loss_db(metres, link) + 3.0, sigma_db=4.5
)
MODULE = "plugin_of_propagation_models"


def _point(name: str) -> EntryPoint:
    return EntryPoint(name, f"{MODULE}:{name}", PROPAGATION_MODELS)


@pytest.fixture(autouse=True)
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType(MODULE)
    module.LAKE, module.NUMBER, module.TWIN = LAKE, 7, dataclasses.replace(LAKE, name="hata_open")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One package is installed that registers a model."""
    monkeypatch.setattr(registry, "plug_ins_of", lambda group: [_point("LAKE")] if group == PROPAGATION_MODELS else [])
    propagation_models.cache_clear()
    yield
    propagation_models.cache_clear()


def test_an_entry_point_adds_its_model() -> None:
    models = with_entry_points(MODELS, [_point("LAKE")])
    assert models["lake"] is LAKE
    assert {name: models[name] for name in MODELS} == dict(MODELS)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("TWIN", "'hata_open' of 'plugin_of_propagation_models:TWIN' takes a name that is taken"),
        ("NUMBER", "'NUMBER' is 'int', not a Model"),
        ("MISSING", "'MISSING' cannot be loaded"),
    ],
)
def test_a_wrong_entry_point_is_named(name: str, problem: str) -> None:
    with pytest.raises(CountryFileError, match=problem):
        with_entry_points(MODELS, [_point(name)])


def test_one_name_by_two_entry_points_is_named() -> None:
    with pytest.raises(CountryFileError, match=r"'lake' of .* takes a name that is taken"):
        with_entry_points(MODELS, [_point("LAKE"), _point("LAKE")])


@pytest.mark.usefixtures("lake")
def test_link_budgets_may_name_a_model_of_another_package(tmp_path: Path) -> None:
    shipped = (files("commune_coverage.radio") / "radios.toml").read_text(encoding="utf-8")
    own = tmp_path / "radios.toml"
    own.write_text(
        shipped.replace('models = ["extended_hata_open"]', 'models = ["lake", "extended_hata_open"]'), encoding="utf-8"
    )
    models, link, metres = load_radios(own).environments["rural"].models, Link(900, 40), np.array([2000.0])
    assert models[0] == "lake"
    assert chain_loss_db(models, metres, link) == pytest.approx(LAKE.loss_db(metres, link))
    assert chain_sigma_db(models, link) == 4.5


def test_a_model_that_nobody_registers_is_named(tmp_path: Path) -> None:
    shipped = (files("commune_coverage.radio") / "radios.toml").read_text(encoding="utf-8")
    own = tmp_path / "radios.toml"
    own.write_text(shipped.replace('"extended_hata_open"', '"lake"'), encoding="utf-8")
    with pytest.raises(CountryFileError, match="no model is called lake"):
        load_radios(own)
