"""Every layer of a country file, declared once. A new one is a line here, its settings and its reader.

docs/howto/add_a_layer.md shows both ways: in this package, and from a package of one's own by an entry point.
"""

from __future__ import annotations

from typing import NamedTuple

from commune_coverage.config import layers as settings
from commune_coverage.config.layers import plugin_layers
from commune_coverage.core.errors import RunError
from commune_coverage.readers.layer_spec import Assumption, LayerSpec, ReadContext, Reader, ReadResult
from commune_coverage.schema import inputs as schema

__all__ = [
    "CORE_LAYERS",
    "Assumption",
    "IngestSpec",
    "LayerSpec",
    "ReadContext",
    "ReadResult",
    "Reader",
    "ingest_specs",
    "layer_names",
    "layer_spec",
    "layer_specs",
]

_HERE = "commune_coverage.readers"
_ALL_GAPS = ("internet_gap", "delivery_gap", "payment_gap")

CORE_LAYERS = (
    LayerSpec(
        "communes",
        "commune boundaries",
        settings.CommunesLayer,
        f"{_HERE}.communes.reader:read_communes",
        schema.COMMUNES,
        key=("commune_code",),
        artifacts=("communes",),
        sections=("languages",),
        reads=(),
    ),
    LayerSpec(
        "people",
        "people",
        settings.PeopleLayer,
        f"{_HERE}.population.reader:read_people",
        schema.PEOPLE,
        key=("place_code",),
        artifacts=("places", "shares", "urbanisation_grid", "people_sums"),
        sections=("urbanisation",),
        indicators=_ALL_GAPS,
    ),
    LayerSpec(
        "towers",
        "mobile towers",
        settings.TowersLayer,
        f"{_HERE}.towers.reader:read_towers",
        schema.CELLS,
        key=("technology", "mcc", "mnc", "area", "cell_id"),
        artifacts=("cells", "cell_communes", "sites"),
        placements={"cells": "cell_communes"},
        sections=("operators", "radio"),
        indicators=("internet_gap",),
    ),
    LayerSpec(
        "hubs",
        "logistics hubs",
        settings.PointsLayer,
        f"{_HERE}.points.reader:read_hubs",
        schema.POINTS,
        key=("point_id",),
        artifacts=("hubs", "hub_communes"),
        placements={"hubs": "hub_communes"},
        sections=("parcels",),
        indicators=("delivery_gap",),
    ),
    LayerSpec(
        "payments",
        "payment points",
        settings.PointsLayer,
        f"{_HERE}.points.reader:read_payments",
        schema.POINTS,
        key=("point_id",),
        artifacts=("payments", "payment_communes"),
        placements={"payments": "payment_communes"},
        indicators=("payment_gap",),
    ),
    LayerSpec(
        "roads",
        "roads",
        settings.Layer,
        f"{_HERE}.ground.roads:read_roads",
        schema.ROADS,
        artifacts=("roads",),
        indicators=("road_minutes",),
    ),
    LayerSpec(
        "elevation", "elevation", settings.Layer, f"{_HERE}.ground.elevation:read_elevation", indicators=("terrain",)
    ),
    LayerSpec("water", "water", settings.ExtentLayer, f"{_HERE}.ground.grid:read_water", indicators=("water",)),
    LayerSpec("flood", "floods", settings.ExtentLayer, f"{_HERE}.ground.grid:read_flood", indicators=("flood",)),
    LayerSpec(
        "friction",
        "travel speed over ground",
        settings.FrictionLayer,
        f"{_HERE}.ground.friction:read_friction",
        indicators=("friction",),
    ),
    LayerSpec(
        "speed_tests",
        "speed tests",
        settings.SpeedTestsLayer,
        f"{_HERE}.measured.speed_tests:read_speed_tests",
        schema.SPEED_TESTS,
        artifacts=("speed_tests",),
        indicators=("measured_speed",),
    ),
    LayerSpec(
        "fibre",
        "fibre",
        settings.FibreLayer,
        f"{_HERE}.measured.fibre:read_fibre",
        schema.FIBRE,
        artifacts=("fibre",),
        indicators=("fibre",),
    ),
    LayerSpec(
        "subscriptions",
        "users of mobile internet",
        settings.SubscriptionsLayer,
        f"{_HERE}.measured.subscriptions:read_subscriptions",
        schema.SUBSCRIPTIONS,
        artifacts=("subscriptions",),
        indicators=("usage_gap",),
    ),
    LayerSpec(
        "challenges",
        "challenged figures",
        settings.ChallengesLayer,
        f"{_HERE}.measured.challenges:read_challenges",
        schema.CHALLENGES,
        artifacts=("challenges",),
        is_exported=True,
    ),
)
"""The layers of this package, in the order in which a run reads them."""


class IngestSpec(NamedTuple):
    """A stage that reads a layer, as the pipeline declares it.

    ``reads`` and ``writes`` are artifacts, ``layers`` and ``settings`` what the stage may see of the country file,
    ``module`` the module of the reader.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    layers: tuple[str, ...]
    settings: tuple[str, ...]
    module: str


def layer_specs() -> tuple[LayerSpec, ...]:
    """All layers: those of this package, then those that installed packages add.

    Returns
    -------
    tuple of LayerSpec
        In the order in which a run reads them.

    Raises
    ------
    CountryFileError
        When an installed package's layer cannot be imported.
    """
    return (*CORE_LAYERS, *plugin_layers().values())


def layer_names() -> tuple[str, ...]:
    """List the names of all layers, in the order in which a run reads them.

    Returns
    -------
    tuple[str, ...]
        Keys under ``[layers]``.
    """
    return tuple(spec.name for spec in layer_specs())


def layer_spec(name: str) -> LayerSpec:
    """Return the layer of that name.

    Parameters
    ----------
    name : str
        The key under ``[layers]``.

    Returns
    -------
    LayerSpec

    Raises
    ------
    RunError
        When there is no layer of that name; the message lists all.
    """
    for spec in layer_specs():
        if spec.name == name:
            return spec
    raise RunError(f"there is no layer '{name}'; one of: {', '.join(layer_names())}")


def ingest_specs() -> tuple[IngestSpec, ...]:
    """Return what the pipeline declares of each layer's stage.

    Returns
    -------
    tuple of IngestSpec
        In the order in which a run reads them. Each may see the communes layer, for the year of its codes, and its own.
    """
    return tuple(
        IngestSpec(
            spec.name,
            spec.reads,
            spec.artifacts,
            tuple(dict.fromkeys(("communes", spec.name))),
            ("metric_crs", *spec.sections),
            spec.module,
        )
        for spec in layer_specs()
    )
