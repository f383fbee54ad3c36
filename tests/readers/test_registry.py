"""The registry, the settings and the readers name the same layers in the same way."""

import inspect
import pkgutil
import subprocess
import sys
from typing import get_args

import pytest

from commune_coverage.config.layers import Layers
from commune_coverage.core.errors import RunError
from commune_coverage.pipeline.stages.ingest.layers import layer_stage
from commune_coverage.readers.registry import CORE_LAYERS, ingest_specs, layer_names, layer_spec

LIGHT = "import sys, commune_coverage.readers.registry as r; r.ingest_specs(); print(*sys.modules)"


def test_every_layer_of_the_country_file_is_registered_with_its_settings() -> None:
    annotations = {name: field.annotation for name, field in Layers.model_fields.items()}
    settings = {name: (get_args(kind) or (kind,))[0] for name, kind in annotations.items()}
    assert {spec.name: spec.settings for spec in CORE_LAYERS} == settings


@pytest.mark.parametrize("spec", CORE_LAYERS, ids=lambda spec: spec.name)
def test_every_reader_has_the_one_signature(spec) -> None:
    assert list(inspect.signature(pkgutil.resolve_name(spec.reader)).parameters) == ["layer", "context"]


def test_artifacts_are_written_by_one_layer_each() -> None:
    written = [artifact for spec in CORE_LAYERS for artifact in spec.artifacts]
    assert len(written) == len(set(written))
    assert all({*spec.placements, *spec.placements.values()} <= set(spec.artifacts) for spec in CORE_LAYERS)


def test_a_stage_sees_the_communes_layer_and_its_own() -> None:
    stages = {stage.name: stage for stage in ingest_specs()}
    assert stages["communes"].layers == ("communes",)
    assert stages["towers"] == (
        "towers",
        ("communes",),
        ("cells", "cell_communes", "sites"),
        ("communes", "towers"),
        ("metric_crs", "operators", "radio"),
        "commune_coverage.readers.towers.reader",
    )


def test_an_unknown_layer_is_one_sentence_that_lists_all() -> None:
    with pytest.raises(RunError, match="no layer 'masts'; one of: communes, people"):
        layer_stage("masts")
    assert layer_spec("people").name in layer_names()


def test_the_registry_is_read_without_the_libraries_of_tables() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert not {"pandas", "geopandas", "rasterio", "numba", "scipy"} & set(done.stdout.split())
