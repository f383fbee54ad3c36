"""Every layer of a country file, declared once. A new one is a declaration here, its settings and its reader.

A reader's module is imported when the layer is read: a run that has nothing to read needs none. Each layer's stage
names that module, so that its cache key holds the code of its own reader and of no other.

docs/howto/add_a_layer.md shows both ways: in this package, and from a package of one's own by an entry point.
"""

from __future__ import annotations

from commune_coverage.config import layers as settings
from commune_coverage.config.layers import plugin_layers
from commune_coverage.core.errors import RunError
from commune_coverage.readers.layer_spec import Assumption, LayerSpec, ReadContext, Reader, ReadResult
from commune_coverage.schema import inputs as schema

__all__ = [
    "CORE_LAYERS",
    "Assumption",
    "LayerSpec",
    "ReadContext",
    "ReadResult",
    "Reader",
    "layer_names",
    "layer_spec",
    "layer_specs",
]

_ALL_GAPS = ("internet_gap", "delivery_gap", "payment_gap")


def _communes(layer: settings.CommunesLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.communes.reader import read_communes as read

    return read(layer, context)


def _people(layer: settings.PeopleLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.population.reader import read_people as read

    return read(layer, context)


def _people_groups(layer: settings.PeopleGroupsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.population.groups import read_people_groups as read

    return read(layer, context)


def _towers(layer: settings.TowersLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.towers.reader import read_towers as read

    return read(layer, context)


def _hubs(layer: settings.PointsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.points.reader import read_hubs as read

    return read(layer, context)


def _payments(layer: settings.PointsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.points.reader import read_payments as read

    return read(layer, context)


def _institutions(layer: settings.PointsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.points.reader import read_institutions as read

    return read(layer, context)


def _railways(layer: settings.Layer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.railways import read_railways as read

    return read(layer, context)


def _borders(layer: settings.BordersLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.borders import read_borders as read

    return read(layer, context)


def _roads(layer: settings.Layer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.roads import read_roads as read

    return read(layer, context)


def _elevation(layer: settings.RasterLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.elevation import read_elevation as read

    return read(layer, context)


def _water(layer: settings.ExtentLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.grid import read_water as read

    return read(layer, context)


def _flood(layer: settings.ExtentLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.grid import read_flood as read

    return read(layer, context)


def _friction(layer: settings.FrictionLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.ground.friction import read_friction as read

    return read(layer, context)


def _speed_tests(layer: settings.SpeedTestsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.speed_tests import read_speed_tests as read

    return read(layer, context)


def _fibre(layer: settings.FibreLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.fibre import read_fibre as read

    return read(layer, context)


def _subscriptions(layer: settings.SubscriptionsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.subscriptions import read_subscriptions as read

    return read(layer, context)


def _vehicles(layer: settings.VehiclesLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.vehicles import read_vehicles as read

    return read(layer, context)


def _gtfs(layer: settings.GtfsLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.transit.reader import read_gtfs as read

    return read(layer, context)


def _known_coverage(layer: settings.KnownCoverageLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.known_coverage import read_known_coverage as read

    return read(layer, context)


def _benchmarks(layer: settings.BenchmarksLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.benchmarks import read_benchmarks as read

    return read(layer, context)


def _spectrum(layer: settings.SpectrumLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.spectrum import read_spectrum as read

    return read(layer, context)


def _coverage(layer: settings.CoverageLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.declared.reader import read_coverage as read

    return read(layer, context)


def _fixed(layer: settings.FixedLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.fixed.reader import read_fixed as read

    return read(layer, context)


def _challenges(layer: settings.ChallengesLayer, context: ReadContext) -> ReadResult:
    from commune_coverage.readers.measured.challenges import read_challenges as read

    return read(layer, context)


CORE_LAYERS = (
    LayerSpec(
        "communes",
        "commune boundaries",
        settings.CommunesLayer,
        _communes,
        schema.COMMUNES,
        key=("commune_code",),
        artifacts=("communes", "scale"),
        sections=("languages",),
        reads=(),
    ),
    LayerSpec(
        "people",
        "people",
        settings.PeopleLayer,
        _people,
        schema.PEOPLE,
        key=("place_code",),
        artifacts=("places", "shares", "urbanisation_grid", "people_grid", "people_sums"),
        sections=("urbanisation",),
        indicators=_ALL_GAPS,
    ),
    LayerSpec(
        "people_groups",
        "groups of people",
        settings.PeopleGroupsLayer,
        _people_groups,
        artifacts=("people_groups",),
        sections=("urbanisation",),
    ),
    LayerSpec(
        "towers",
        "mobile towers",
        settings.TowersLayer,
        _towers,
        schema.CELLS,
        key=("technology", "mcc", "mnc", "area", "cell_id"),
        artifacts=("cells", "cell_communes", "sites", "stations", "antenna_patterns"),
        placements={"cells": "cell_communes"},
        sections=("operators", "radio"),
        opens=("elevation",),
        indicators=("internet_gap",),
    ),
    LayerSpec(
        "hubs",
        "logistics hubs",
        settings.PointsLayer,
        _hubs,
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
        _payments,
        schema.POINTS,
        key=("point_id",),
        artifacts=("payments", "payment_communes"),
        placements={"payments": "payment_communes"},
        indicators=("payment_gap",),
    ),
    LayerSpec(
        "institutions",
        "institutions",
        settings.PointsLayer,
        _institutions,
        schema.POINTS,
        key=("point_id",),
        artifacts=("institutions",),
    ),
    LayerSpec("railways", "railways", settings.Layer, _railways, schema.RAILWAYS, artifacts=("railways",)),
    LayerSpec("borders", "borders", settings.BordersLayer, _borders, schema.BORDERS, artifacts=("borders",)),
    LayerSpec(
        "roads", "roads", settings.Layer, _roads, schema.ROADS, artifacts=("roads",), indicators=("road_minutes",)
    ),
    LayerSpec("elevation", "elevation", settings.RasterLayer, _elevation, indicators=("terrain",)),
    LayerSpec("water", "water", settings.ExtentLayer, _water, indicators=("water",)),
    LayerSpec("flood", "floods", settings.ExtentLayer, _flood, indicators=("flood",)),
    LayerSpec("friction", "travel speed over ground", settings.FrictionLayer, _friction, indicators=("friction",)),
    LayerSpec(
        "speed_tests",
        "speed tests",
        settings.SpeedTestsLayer,
        _speed_tests,
        schema.SPEED_TESTS,
        artifacts=("speed_tests",),
        indicators=("measured_speed",),
    ),
    LayerSpec("fibre", "fibre", settings.FibreLayer, _fibre, schema.FIBRE, artifacts=("fibre",), indicators=("fibre",)),
    LayerSpec(
        "subscriptions",
        "users of mobile internet",
        settings.SubscriptionsLayer,
        _subscriptions,
        schema.SUBSCRIPTIONS,
        artifacts=("subscriptions",),
        indicators=("usage_gap",),
    ),
    LayerSpec(
        "vehicles", "vehicles of people", settings.VehiclesLayer, _vehicles, schema.VEHICLES, artifacts=("vehicles",)
    ),
    LayerSpec("gtfs", "bus timetables", settings.GtfsLayer, _gtfs, artifacts=("gtfs", "gtfs_calls")),
    LayerSpec(
        "known_coverage",
        "published coverage",
        settings.KnownCoverageLayer,
        _known_coverage,
        schema.KNOWN_COVERAGE,
        artifacts=("known_coverage",),
        is_exported=True,
    ),
    LayerSpec(
        "benchmarks",
        "published figures",
        settings.BenchmarksLayer,
        _benchmarks,
        schema.PUBLISHED_FIGURES,
        artifacts=("benchmarks",),
    ),
    LayerSpec(
        "spectrum",
        "spectrum of operators",
        settings.SpectrumLayer,
        _spectrum,
        schema.SPECTRUM,
        artifacts=("spectrum", "spectrum_areas"),
        is_exported=True,
        depends_on_run_date=True,
    ),
    LayerSpec(
        "coverage",
        "declared coverage",
        settings.CoverageLayer,
        _coverage,
        schema.COVERAGE,
        artifacts=("coverage", "coverage_places"),
        is_exported=True,
    ),
    LayerSpec(
        "fixed",
        "fixed lines",
        settings.FixedLayer,
        _fixed,
        artifacts=("fixed", "fixed_addresses", "fixed_shares"),
        is_exported=True,
    ),
    LayerSpec(
        "challenges",
        "challenged figures",
        settings.ChallengesLayer,
        _challenges,
        schema.CHALLENGES,
        artifacts=("challenges",),
        is_exported=True,
    ),
)
"""The layers of this package, in the order in which a run reads them."""


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
