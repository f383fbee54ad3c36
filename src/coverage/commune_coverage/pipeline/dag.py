"""One page that shows the flow: every stage, what it reads, what it writes.

The command line and the Prefect flows run it by ``runner``; order and independence follow from reads and writes.
"""

from __future__ import annotations

from commune_coverage.core.plug_ins import INDICATORS, LAYERS, PAGES, PROPAGATION_MODELS, THEMES
from commune_coverage.pipeline import stage_functions as functions
from commune_coverage.pipeline.code_digest import imported_in
from commune_coverage.pipeline.stage import Stage
from commune_coverage.pipeline.stages.ingest.version_gate import LAYER_GATE, NATIONAL_GATE
from commune_coverage.pipeline.stages.report import INGESTS
from commune_coverage.readers.registry import layer_specs


def ingest_stages() -> tuple[Stage, ...]:
    """A stage for each layer. It may see the communes layer, for the year of its codes, and its own."""
    return tuple(
        Stage(
            spec.name, "ingest", spec.reads, spec.artifacts, tuple(dict.fromkeys(("communes", spec.name, *spec.opens))),
            ("metric_crs", *spec.sections), spec.depends_on_run_date, function=functions.ingest(spec),
            code=(*imported_in(functions.ingest), spec.reader.__module__, *imported_in(spec.reader)), gate=LAYER_GATE,
            plug_ins=(LAYERS,),
        )
        for spec in layer_specs()
    )  # fmt: skip


_ROAD_LAYERS = ("elevation", "water", "flood", "friction")
_SERVICE = ("hub_service", "payment_service")
_RADIO = ("radio", "urbanisation", "thresholds")

# What workers import before they are forked.
WORKER_STAGES = ("people", "radio", "snapping")

STAGES = (
    *ingest_stages(),
    Stage(
        "radio", "compute",
        (
            "scale", "places", "urbanisation_grid", "cells", "antenna_patterns", "speed_tests", "fibre",
            "known_coverage", "stations", "spectrum", "spectrum_areas",
        ),
        ("transmitters", "radio", "levels", "cell_users", "required_offsets"),
        ("towers", "elevation", "known_coverage"), _RADIO,
        incremental_inputs=(
            "cells", "antenna_patterns", "towers", "known_coverage", "stations", "spectrum", "spectrum_areas",
        ),
        checkpoint=("serving_cells", "busy_hour"), function=functions.radio, plug_ins=(PROPAGATION_MODELS,),
    ),
    Stage(
        "model_validation", "compute",
        ("scale", "places", "urbanisation_grid", "speed_tests", "transmitters", "radio"),
        ("model_validation",),
        ("elevation",), _RADIO, function=functions.model_validation,
    ),
    Stage(
        "scoreboard", "compute",
        (
            "communes", "scale", "places", "shares", "urbanisation_grid", "speed_tests", "known_coverage",
            "transmitters", "radio", "required_offsets",
        ),
        ("scoreboard",), ("elevation",), _RADIO, function=functions.scoreboard,
    ),
    Stage(
        "internet_sums", "compute", ("communes", "scale", "places", "shares", "radio", "fibre"), ("internet_sums",), (),
        ("radio",), incremental_inputs=("radio",), function=functions.internet_sums,
    ),
    Stage(
        "declared_sums", "compute", ("communes", "scale", "places", "shares", "roads", "coverage", "coverage_places"),
        ("declared_sums",), ("communes", "coverage", "water"), ("metric_crs", "thresholds"),
        function=functions.declared_sums,
    ),
    Stage(
        "territory_spots", "compute",
        ("communes", "urbanisation_grid", "roads", "railways", "borders", "institutions"),
        ("territory_spots",), ("communes", "water", "borders"), ("metric_crs", "territory"),
        function=functions.territory_spots,
    ),
    Stage(
        "territory", "compute",
        (
            "territory_spots", "scale", "urbanisation_grid", "cells", "antenna_patterns", "stations", "fibre",
            "transmitters",
        ),
        ("territory",), ("elevation", "towers"), ("territory", *_RADIO),
        incremental_inputs=("cells", "antenna_patterns", "towers", "stations", "transmitters"),
        checkpoint=("territory_signal",), function=functions.territory, plug_ins=(PROPAGATION_MODELS,),
    ),
    Stage(
        "fixed_sums", "compute", ("communes", "scale", "places", "shares", "radio", "fixed", "fixed_addresses"),
        ("fixed_sums",), ("fixed",), ("thresholds",), function=functions.fixed_sums,
    ),
    Stage(
        "evidence_age", "compute", ("cells", "speed_tests"), ("stale_cells", "counted_tests"), ("towers", "coverage"),
        ("time_zone", "verification"), True, function=functions.evidence_age,
    ),
    Stage(
        "declared_cells", "compute", ("communes", "scale", "places", "shares", "coverage"), ("declared_cells",),
        ("communes", "coverage", "water"), ("metric_crs", "verification"), function=functions.declared_cells,
    ),
    Stage(
        "verification", "compute",
        ("communes", "places", "shares", "coverage", "declared_cells", "counted_tests", "transmitters", "radio"),
        ("verification",), ("communes", "coverage"), ("metric_crs", "verification"), function=functions.verification,
    ),
    Stage(
        "coverage_challenges", "compute", ("verification", "challenges"), ("coverage_challenges",), (),
        ("verification",), True, function=functions.coverage_challenges,
    ),
    Stage(
        "network", "compute", ("communes", "roads", "roads.report"), ("network",), ("communes", *_ROAD_LAYERS),
        ("metric_crs", "travel"), function=functions.network,
    ),
    Stage(
        "snapping", "compute", ("places", "network"), ("snapping",), (), ("travel",),
        function=functions.snapping,
    ),
    Stage(
        "service", "compute", ("hubs", "payments"), ("hub_service", "payment_service"), (), ("travel",),
        function=functions.service,
    ),
    Stage(
        "direct_walks", "compute", ("places", "network", "hubs", "payments", *_SERVICE), ("direct_walks",), (),
        ("travel", "thresholds"),
        function=functions.direct_walks,
    ),
    Stage(
        "travel_times", "compute", ("scale", "places", "network", "hubs", "payments", *_SERVICE), ("travel_times",),
        ("elevation", "flood"), ("travel", "parcels"), function=functions.travel_times,
    ),
    Stage(
        "travel_comparison", "compute",
        (
            "communes", "scale", "places", "shares", "network", "snapping", "direct_walks", "travel_times", "hubs",
            "hub_service",
        ),
        ("travel_comparison",), ("communes", *_ROAD_LAYERS), ("metric_crs", "travel"),
        function=functions.travel_comparison,
    ),
    Stage(
        "capacity", "compute",
        ("places", "network", "snapping", "direct_walks", "travel_times", "hubs", "payments", *_SERVICE),
        ("hub_access",), (), ("travel", "parcels"), function=functions.capacity,
    ),
    Stage(
        "delivery_sums", "compute",
        ("communes", "places", "shares", "network", "snapping", "direct_walks", "travel_times", "hub_access"),
        ("delivery_sums", "hub_people"),
        (), ("travel", "thresholds"), function=functions.delivery_sums,
    ),
    Stage(
        "payment_sums", "compute",
        ("communes", "places", "shares", "network", "snapping", "direct_walks", "travel_times"),
        ("payment_sums",), (), ("travel", "thresholds"), function=functions.payment_sums,
    ),
    Stage(
        "mode_times", "compute",
        (
            "communes", "vehicles", "gtfs", "gtfs_calls", "scale", "places", "network", "hubs", "payments", *_SERVICE,
        ),
        ("mode_times",), (), ("travel",), function=functions.mode_times,
    ),
    Stage(
        "mode_sums", "compute",
        (
            "communes", "vehicles", "places", "shares", "people_sums", "network", "snapping", "direct_walks",
            "travel_times", "mode_times",
        ),
        ("mode_sums", "access_by_mode"), (), ("travel", "thresholds"), function=functions.mode_sums,
    ),
    Stage(
        "indicators", "compute",
        (
            "communes", "cells", "cell_communes", "stale_cells", "transmitters", "network", "speed_tests",
            "subscriptions", "challenges", "fixed_shares",
            *(f"{theme}_sums" for theme in ("people", "internet", "declared", "fixed", "delivery", "payment", "mode")),
            "radio.report", *(f"{name}.report" for name in INGESTS),
        ),
        ("commune_gaps", "operator_coverage", "declared_coverage", "national"),
        ("speed_tests", "towers", "fibre", "fixed"),
        (
            "thresholds", "radio", "travel", "parcels", "parcel_cost", "composite", "evidence", "languages",
            "operators", "headline",
        ),
        function=functions.indicators, gate=NATIONAL_GATE, plug_ins=(INDICATORS,),
    ),
    Stage(
        "ensemble", "beside",
        (
            "communes", "scale", "places", "shares", "urbanisation_grid", "people_sums", "people.report", "cells",
            "cell_communes", "antenna_patterns", "stations", "spectrum", "spectrum_areas", "transmitters", "radio",
            "internet_sums", "known_coverage",
        ),
        ("ensemble",), ("towers", "elevation"), ("ensemble", "benchmarks", "thresholds", "radio", "urbanisation"),
        function=functions.ensemble, plug_ins=(PROPAGATION_MODELS,),
    ),
    Stage(
        "tables", "present",
        (
            "commune_gaps", "operator_coverage", "declared_coverage", "national", "model_validation", "scoreboard",
            "verification", "coverage_challenges", "territory", "ensemble", "travel_comparison", "access_by_mode",
            "places", "radio", "sites", "hub_access", *_SERVICE,
            *(artifact for spec in layer_specs() for artifact in spec.artifacts if artifact != "sites"),
            *(f"{name}.report" for name in INGESTS),
        ),
        ("tables", "territory_coverage"), ("speed_tests", "towers", "fibre", "fixed"),
        (
            "thresholds", "radio", "travel", "parcels", "parcel_cost", "composite", "languages", "headline",
            "official", "benchmarks", "obligations",
        ),
        function=functions.tables, plug_ins=(INDICATORS,),
    ),
    Stage(
        "open_tables", "present", ("tables", *(f"{name}.report" for name in INGESTS)), ("open_tables",), (),
        ("name", "languages", "exports"), function=functions.open_tables, plug_ins=(LAYERS,),
    ),
    Stage(
        "open_places", "present",
        (
            "communes", "places", "shares", "people_grid", "radio", "levels", "hubs", "network", "snapping",
            "direct_walks", "travel_times", *(f"{name}.report" for name in INGESTS),
        ),
        ("open_places",), (), ("travel", "thresholds", "exports"), function=functions.open_places,
    ),
    Stage("boundaries", "present", ("communes",), ("boundaries",), function=functions.boundaries),
    Stage(
        "base_map", "present",
        ("communes", "places", "shares", "roads", "railways", "borders", "network", "boundaries"), ("base_map",),
        ("communes",), ("maps", "metric_crs"), function=functions.base_map,
    ),
    Stage(
        "signal_overlay", "present", ("places", "radio"), ("signal_overlay",), (), ("thresholds",),
        function=functions.signal_overlay,
    ),
    Stage(
        "travel_overlays", "present", ("places", "network", "snapping", "direct_walks", "travel_times", "boundaries"),
        ("travel_overlays",), (), ("travel", "thresholds"), function=functions.travel_overlays,
    ),
    Stage(
        "served_sites", "present", ("communes", "places", "shares", "sites", "cell_users"), ("served_sites",),
        ("communes",), ("metric_crs",), function=functions.served_sites,
    ),
    Stage(
        "site_data", "present",
        (
            "tables", "commune_gaps", "national", "sites", "served_sites", "hubs", "hub_communes", "hub_people",
            "hub_access", "payments", "boundaries", "base_map", "signal_overlay", "travel_overlays",
        ),
        ("site_data",), ("fixed", "fibre"), ("languages", "thresholds", "parcel_cost", "headline", "radio"),
        function=functions.site_data, plug_ins=(PAGES, THEMES),
    ),
    Stage(
        "exports", "publish", ("tables", "open_tables", "open_places", "commune_gaps"), ("exports", "report"),
        function=functions.exports,
    ),
    Stage("checks", "publish", ("commune_gaps", "report"), ("checks",), function=functions.checks),
    Stage("changes", "publish", ("commune_gaps", "checks"), ("changes",), function=functions.changes),
    Stage(
        "maps", "publish",
        (
            "commune_gaps", "report", "checks", "changes", "site_data", "sites", "served_sites", "hubs",
            "hub_communes", "hub_people", "hub_access", "payments", "boundaries", "base_map", "signal_overlay",
            "travel_overlays",
        ),
        ("maps",), function=functions.maps,
    ),
    Stage("publish", "publish", ("exports", "checks", "maps"), ("current",), function=functions.publish),
)  # fmt: skip


def stages_towards(artifact: str) -> tuple[Stage, ...]:
    """Find what an artifact is computed from, so that what stands beside it is left out.

    Parameters
    ----------
    artifact : str
        Name of an artifact, or of a stage's report.

    Returns
    -------
    tuple of Stage
        In the order in which they run.
    """
    made_by = {name: stage for stage in STAGES for name in (*stage.writes, f"{stage.name}.report")}
    wanted, found = [artifact], set[str]()
    while wanted:
        stage = made_by.get(wanted.pop())
        if stage is not None and stage.name not in found:
            found.add(stage.name)
            wanted += stage.reads
    return tuple(stage for stage in STAGES if stage.name in found)


_OF_GAPS = stages_towards("commune_gaps")
GAP_STAGES = tuple(stage for stage in STAGES if stage.group == "ingest" or stage in _OF_GAPS)
"""Every layer, and what the gaps of the communes come from: for figures of networks that are not published."""
