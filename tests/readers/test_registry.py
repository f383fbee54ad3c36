"""The registry, the settings and the readers name the same layers in the same way."""

import inspect
import subprocess
import sys
from importlib import import_module
from typing import get_args

import pytest

from commune_coverage.config.layers import Layers
from commune_coverage.core.errors import RunError
from commune_coverage.pipeline import dag
from commune_coverage.pipeline.code_digest import imported_in
from commune_coverage.readers.registry import CORE_LAYERS, layer_names, layer_spec

LIGHT = "import sys, commune_coverage.pipeline.dag; print(*sys.modules)"


def test_every_layer_of_the_country_file_is_registered_with_its_settings() -> None:
    annotations = {name: field.annotation for name, field in Layers.model_fields.items()}
    settings = {name: (get_args(kind) or (kind,))[0] for name, kind in annotations.items()}
    assert {spec.name: spec.settings for spec in CORE_LAYERS} == settings


@pytest.mark.parametrize("spec", CORE_LAYERS, ids=lambda spec: spec.name)
def test_every_reader_has_the_one_signature(spec) -> None:
    (module,) = imported_in(spec.reader)
    reader = getattr(import_module(module), f"read_{spec.name}")
    for function in (spec.reader, reader):
        assert list(inspect.signature(function).parameters) == ["layer", "context"]


def test_artifacts_are_written_by_one_layer_each() -> None:
    written = [artifact for spec in CORE_LAYERS for artifact in spec.artifacts]
    assert len(written) == len(set(written))
    assert all({*spec.placements, *spec.placements.values()} <= set(spec.artifacts) for spec in CORE_LAYERS)


def test_a_stage_sees_the_communes_layer_and_its_own() -> None:
    stages = {stage.name: stage for stage in dag.ingest_stages()}
    towers = stages["towers"]
    assert stages["communes"].layers == ("communes",)
    written = ("cells", "cell_communes", "sites", "stations", "antenna_patterns")
    assert (towers.reads, towers.writes) == (("communes",), written)
    assert (towers.layers, towers.settings) == (
        ("communes", "towers", "elevation"),
        ("metric_crs", "operators", "radio"),
    )
    assert towers.modules[-1] == "commune_coverage.readers.towers.reader"


def test_an_unknown_layer_is_one_sentence_that_lists_all() -> None:
    with pytest.raises(RunError, match="no layer 'masts'; one of: communes, people"):
        layer_spec("masts")
    assert layer_spec("people").name in layer_names()


def test_the_stages_are_declared_without_the_libraries_of_tables() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert not {"pandas", "geopandas", "rasterio", "numba", "scipy"} & set(done.stdout.split())
