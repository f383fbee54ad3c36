"""Every table declared once: column, kind, unit, bounds and one sentence.

Row checks, the data dictionary, file metadata and map texts all derive from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "integer", "flag", "geometry"]
TECHNOLOGIES = ("2g", "3g", "4g", "5g")
BOUNDS = ("", "_low", "_high")
PLACE_BOUNDS = (*BOUNDS, "_lowest", "_highest")
FIXED_POINT_SCALE = float(1 << 22)
"""Sums of people are multiples of one part in so many, and so the same in any order."""
CHOICES = (1, 2, 3)
"""So many operators, at least, to choose from."""
"""Of a place: as estimated; under the doubts that all cells share; and under each cell's own doubts as well."""
EVIDENCE_CLASSES = ("measured", "observed", "modelled", "declared", "data-poor")
SOURCES = ("modelled", "declared", "measured", "combined")
"""What the headline of the internet gap can rest on."""


@dataclass(frozen=True)
class Column:
    """One column: ``minimum`` and ``maximum`` are inclusive; ``unit`` is '' for none.

    A wrong value sets its row aside where the column is ``required`` or ``decisive``: what the row is hangs on it,
    though it may be empty. Elsewhere the cell is left blank.
    """

    name: str
    kind: Kind
    sentence: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    decisive: bool = False


@dataclass(frozen=True)
class Table:
    """A named list of columns."""

    name: str
    sentence: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.required]

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def megabits(threshold_mbps: float) -> str:
    """A speed threshold as it stands in a column name: 10.0 -> '10', 2.5 -> '2p5'."""
    return f"{threshold_mbps:g}".replace(".", "p")


LON = Column("lon", "number", "Longitude, WGS 84.", "degrees", -180, 180, True, aliases=("longitude", "x", "long"))
LAT = Column("lat", "number", "Latitude, WGS 84.", "degrees", -90, 90, True, aliases=("latitude", "y"))
_DEGREE_PARTS = (
    ("deg", "Whole degrees of the {}, where its parts stand in columns of their own.", "degrees"),
    ("min", "Minutes of the {}.", "arc minutes"),
    ("sec", "Seconds of the {}.", "arc seconds"),
    ("hemisphere", "Side of the {}: a letter, a word or a sign.", ""),
)
# Beside the declared names: the layouts of two registers of masts, of the United States and of France.
_PART_ALIASES = {
    "lon_deg": ("long_deg", "cor_nb_dg_lon"),
    "lon_min": ("long_min", "cor_nb_mn_lon"),
    "lon_sec": ("long_sec", "cor_nb_sc_lon"),
    "lon_hemisphere": ("lon_dir", "long_dir", "cor_cd_ew_lon"),
    "lat_deg": ("cor_nb_dg_lat",),
    "lat_min": ("cor_nb_mn_lat",),
    "lat_sec": ("cor_nb_sc_lat",),
    "lat_hemisphere": ("lat_dir", "cor_cd_ns_lat"),
}
POSITION_COLUMNS = (
    *(
        Column(f"{axis}_{part}", "text", sentence.format(word), unit, aliases=_PART_ALIASES[f"{axis}_{part}"])
        for axis, word in (("lon", "longitude"), ("lat", "latitude"))
        for part, sentence, unit in _DEGREE_PARTS
    ),
    Column("position", "text", "Whole position in one cell."),
    Column("crs", "text", "Reference system or UTM zone of the row."),
)
"""What may stand in the place of ``lon`` and ``lat``, in every layer of positions."""
COMMUNES = Table(
    "communes",
    "Commune boundaries, codes and names.",
    (
        Column("commune_code", "text", "Official code, text, leading zeros kept.", required=True),
        Column("commune_name", "text", "Name in Latin script."),
        Column("district_code", "text", "Code of the district."),
        Column("district_name", "text", "Name of the district."),
        Column("province_code", "text", "Code of the province."),
        Column("province_name", "text", "Name of the province."),
    ),
)
CELLS = Table(
    "cells",
    "Mobile cells from a crowd-sourced file or a register.",
    (
        LON,
        LAT,
        Column(
            "technology",
            "text",
            "2g, 3g, 4g or 5g.",
            required=True,
            values=TECHNOLOGIES,
            aliases=("radio", "tech", "rat"),
        ),
        Column("mcc", "integer", "Mobile country code.", minimum=1, maximum=999, decisive=True),
        Column("mnc", "integer", "Mobile network code.", minimum=0, maximum=999, aliases=("net",), decisive=True),
        Column(
            "network",
            "text",
            "Country and network code in one, '456-02' or '45602'.",
            aliases=("plmn", "mccmnc", "mcc-mnc", "mcc_mnc", "plmn_id"),
        ),
        Column("operator", "text", "Operator, where the file names it instead of a code."),
        Column("site_id", "text", "The register's number of the site, which cells share."),
        Column("area", "text", "Location or tracking area.", aliases=("lac", "tac")),
        Column("cell_id", "text", "Identifier of the cell.", aliases=("cell", "cid", "id")),
        Column("samples", "integer", "Measurements behind the position.", minimum=0),
        Column("range_m", "number", "Estimated reach of a crowd's cell.", "m", 0, 1e6, aliases=("range",)),
        Column("updated", "integer", "Last seen, seconds since 1970.", "s", minimum=0),
        Column("band_mhz", "number", "Carrier frequency.", "MHz", 100, 100_000),
        Column("bandwidth_mhz", "number", "Channel bandwidth.", "MHz", 0.1, 1000),
        Column("eirp_dbm", "number", "Radiated power, isotropic.", "dBm", -10, 90),
        Column("antenna_height_m", "number", "Antenna above ground.", "m", 1, 500),
        Column("transmit_power_dbm", "number", "Power that the transmitter puts into the feeder.", "dBm", -30, 80),
        Column("antenna_gain_dbi", "number", "Gain of the antenna in its main beam.", "dBi", -10, 40),
        Column("feeder_loss_db", "number", "Loss between transmitter and antenna.", "dB", 0, 30),
        Column(
            "azimuth_deg",
            "number",
            "Where the antenna points, clockwise from true north.",
            "degrees",
            0,
            360,
            aliases=("azimuth",),
        ),
        Column("mechanical_tilt_deg", "number", "Mechanical tilt, downwards.", "degrees", -45, 45),
        Column("electrical_tilt_deg", "number", "Electrical tilt, downwards.", "degrees", -45, 45),
        Column("horizontal_beamwidth_deg", "number", "Width of the beam around the mast at -3 dB.", "degrees", 5, 360),
        Column("vertical_beamwidth_deg", "number", "Height of the beam at -3 dB.", "degrees", 1, 180),
        Column("pattern", "text", "Name of the pattern file of the antenna."),
    ),
)
PATTERN_POINTS = Table(
    "pattern_points",
    "Attenuation of an antenna by angle.",
    (
        Column(
            "angle_deg",
            "number",
            "Angle: clockwise from where the antenna points, or downwards from the horizon.",
            "degrees",
            -180,
            360,
            True,
            aliases=("angle", "phi", "theta"),
        ),
        Column(
            "attenuation_db",
            "number",
            "Attenuation below the maximum, positive.",
            "dB",
            0,
            200,
            True,
            aliases=("attenuation", "loss", "loss_db"),
        ),
        Column("cut", "text", "'horizontal' or 'vertical'; horizontal without it.", aliases=("plane",)),
    ),
)
PEOPLE = Table(
    "people",
    "People at points, in polygons or by commune.",
    (
        Column("people", "number", "Number of people.", "people", 0, 1e9),
        Column("commune_code", "text", "Code of the commune the row belongs to."),
        Column("commune_name", "text", "Name of the commune the row belongs to."),
        Column("place_code", "text", "Code of the place, beginning with its commune's code."),
        Column("place_name", "text", "Name of the place."),
    ),
)
POINTS = Table(
    "points",
    "Logistics hubs, payment points or institutions.",
    (
        LON,
        LAT,
        Column("point_id", "text", "Identifier.", aliases=("id", "osm_id")),
        Column("class", "text", "Kind of point.", required=True),
        Column("point_name", "text", "Name.", aliases=("name",)),
        Column("operator", "text", "Who runs it."),
        Column("confidence", "number", "Chance that the point is really there.", "share", 0, 1),
        Column(
            "capacity",
            "number",
            "Parcels a day that a hub can handle.",
            "parcels/day",
            0,
            1e9,
            aliases=("parcels_per_day", "capacity_per_day"),
        ),
        Column("opening", "text", "Opening hours, as stated.", aliases=("opening_hours", "hours")),
        Column("status", "text", "Whether it works, as stated.", aliases=("is_active", "active", "operational_status")),
        Column(
            "last_seen", "text", "Day on which it was last seen working.", aliases=("last_active", "last_transaction")
        ),
    ),
)
ROADS = Table(
    "roads",
    "Road lines.",
    (
        Column("class", "text", "Road class (OSM highway values).", aliases=("highway", "fclass", "type")),
        Column("surface", "text", "Surface."),
        Column("max_speed_kmh", "text", "Stated speed limit, km/h where it is a number.", aliases=("maxspeed",)),
        Column("oneway", "text", "One-way flag, as stated."),
        Column("bridge", "text", "Whether the line is a bridge, as stated."),
        Column("route", "text", "'ferry' for a line on water."),
        Column("duration", "text", "Time a ferry takes from end to end, as stated."),
    ),
)


RAILWAYS = Table(
    "railways",
    "Railway lines.",
    (Column("class", "text", "Kind of railway (OSM railway values).", aliases=("railway", "fclass", "type")),),
)


BORDERS = Table(
    "borders",
    "Lines of the country's border.",
    (
        Column(
            "class",
            "text",
            "Kind of border, such as whose the other side is.",
            aliases=("neighbour", "neighbor", "border_type", "boundary", "type"),
        ),
    ),
)


def named_columns(level: str, languages: list[str]) -> tuple[Column, ...]:
    """The name of one administrative level: Latin first, then one column per other language."""
    latin = Column(f"{level}_name", "text", f"Name of the {level} in Latin script.")
    others = (
        Column(f"{level}_name_{code}", "text", f"Name of the {level}, language '{code}'.")
        for code in languages
        if code != "en"
    )
    return (latin, *others)


_FASTEST_MBPS = 100_000.0
TEST_KINDS = ("drive", "walk", "crowd")
ENVIRONMENTS = ("outdoor", "in_vehicle", "indoor")
SPEED_TESTS = Table(
    "speed_tests",
    "Speed tests: a drive test's measurements, or the means of a tile.",
    (
        LON,
        LAT,
        Column("download_mbps", "number", "Downlink.", "Mbps", 0, _FASTEST_MBPS, aliases=("download", "dl_mbps")),
        Column("download_kbps", "number", "Downlink.", "kbps", 0, 1000 * _FASTEST_MBPS, aliases=("avg_d_kbps",)),
        Column("upload_mbps", "number", "Uplink.", "Mbps", 0, _FASTEST_MBPS, aliases=("upload", "ul_mbps")),
        Column("upload_kbps", "number", "Uplink.", "kbps", 0, 1000 * _FASTEST_MBPS, aliases=("avg_u_kbps",)),
        Column("latency_ms", "number", "Round trip.", "ms", 0, 100_000, aliases=("avg_lat_ms", "ping_ms")),
        Column("tests", "integer", "Tests behind the values.", "tests", 1, decisive=True),
        Column("operator", "text", "Operator as the country file names it.", aliases=("network", "carrier")),
        Column("technology", "text", "2g, 3g, 4g or 5g.", values=TECHNOLOGIES, aliases=("radio", "tech", "rat")),
        Column(
            "rsrp_dbm",
            "number",
            "Received power of the reference signal or pilot.",
            "dBm",
            -160,
            -10,
            aliases=("rsrp", "rscp_dbm", "rxlev_dbm", "signal_dbm"),
        ),
        Column("success", "text", "Whether it could be made: yes or no.", aliases=("is_success", "passed")),
        Column(
            "time",
            "text",
            "When, ISO 8601; local where it states no offset, without an hour where that is not known.",
            aliases=("timestamp", "tested_at", "test_time", "measured_at"),
        ),
        Column("device", "text", "Which device; the same for all of its tests.", aliases=("device_id", "handset")),
        Column("environment", "text", "Where the receiver was.", values=ENVIRONMENTS),
        Column("kind", "text", "How it was made.", values=TEST_KINDS, aliases=("test_kind", "campaign")),
    ),
)
FIBRE = Table(
    "fibre",
    "Fibre nodes and spans.",
    (
        Column("name", "text", "Name.", aliases=("node_name", "span_name", "id")),
        Column("status", "text", "State in the Open Fibre Data Standard's words.", aliases=("network_status", "state")),
    ),
)
SUBSCRIPTIONS = Table(
    "subscriptions",
    "People who use the mobile internet, by area.",
    (
        Column(
            "code",
            "text",
            "Code of a commune, district or province.",
            required=True,
            aliases=("commune_code", "district_code", "province_code", "area_code", "pcode"),
        ),
        Column(
            "users",
            "number",
            "People who use the mobile internet.",
            "people",
            0,
            2e9,
            required=True,
            aliases=("subscribers", "subscriptions", "mobile_internet_users"),
        ),
    ),
)
VEHICLES = Table(
    "vehicles",
    "What people travel with, by area: shares of all, by the fastest that is theirs.",
    (
        Column(
            "code",
            "text",
            "Code of a commune, district or province.",
            required=True,
            aliases=("commune_code", "district_code", "province_code", "area_code", "pcode"),
        ),
        Column(
            "walk_share",
            "number",
            "People without a vehicle; the rest where it is empty.",
            "share",
            0,
            1,
            decisive=True,
        ),
        Column("bus_share", "number", "People without a vehicle who take buses.", "share", 0, 1, decisive=True),
        Column("bicycle_share", "number", "People with a bicycle alone.", "share", 0, 1, decisive=True),
        Column("motorbike_share", "number", "People with a motorbike and no car.", "share", 0, 1, decisive=True),
        Column("car_share", "number", "People with a car.", "share", 0, 1, decisive=True),
    ),
)
KNOWN_COVERAGE = Table(
    "known_coverage",
    "Coverage by operator and technology that somebody else has published.",
    (
        Column(
            "code",
            "text",
            "Code of a commune, district or province; empty for the nation.",
            aliases=("commune_code", "district_code", "province_code", "area_code", "pcode"),
        ),
        Column("operator", "text", "Operator as the country file names it; empty or 'any' for all together."),
        Column(
            "technology",
            "text",
            "2g, 3g, 4g or 5g.",
            required=True,
            values=TECHNOLOGIES,
            aliases=("radio", "tech", "rat"),
        ),
        Column("measure", "text", "Share of what: people or territory.", values=("people", "territory")),
        Column("covered_share", "number", "Part that is covered.", "share", 0, 1, decisive=True),
        Column("covered_percent", "number", "Part that is covered.", "%", 0, 100, decisive=True),
        Column(
            "people_covered",
            "number",
            "People who are covered.",
            "people",
            0,
            decisive=True,
            aliases=("covered_people",),
        ),
        Column("people", "number", "People of whom these are a part.", "people", 0, decisive=True),
        Column("date", "text", "Of what day it is, ISO date."),
        Column("published_by", "text", "Who published it.", aliases=("source",)),
        Column("tolerance_share", "number", "How far it may be off.", "share", 0, 0.5),
        Column("use", "text", "What it is for.", values=("compare", "calibrate", "weigh")),
        Column("min_level_dbm", "number", "Level from which a place counts as covered.", "dBm", -160, -10),
    ),
)
PUBLISHED_FIGURES = Table(
    "benchmarks",
    "Figures of the nation that others have published.",
    (
        Column("figure", "text", "Figure of ours, or code of an official series.", required=True, aliases=("series",)),
        Column("value", "number", "What was published, in the unit of ours; shares from 0 to 1.", required=True),
        Column("tolerance", "number", "How far apart they may be.", minimum=0),
        Column("date", "text", "Of what day it is, ISO date, or of what year.", required=True, aliases=("year",)),
        Column("source", "text", "Who published it.", aliases=("published_by",)),
        Column("definition", "text", "What exactly was published."),
    ),
)
SPECTRUM = Table(
    "spectrum",
    "Spectrum that operators hold, by band and area.",
    (
        Column("operator", "text", "Operator as the country file or the towers name it.", required=True),
        Column(
            "band_mhz",
            "number",
            "Band: its name, number or range of frequencies, or a carrier's frequency.",
            "MHz",
            100,
            100_000,
            True,
            aliases=("band", "frequency_mhz"),
        ),
        Column(
            "bandwidth_mhz",
            "number",
            "Downlink of paired spectrum (10 of 2x10), or all of an unpaired block.",
            "MHz",
            0.1,
            1000,
            True,
            aliases=("bandwidth", "downlink_mhz", "width_mhz"),
        ),
        Column(
            "downlink_share",
            "number",
            "Part of the time in which unpaired spectrum carries downlink.",
            "share",
            0.01,
            1,
            decisive=True,
        ),
        Column("technology", "text", "The only technology that may use it; empty where the operator may choose."),
        Column(
            "code",
            "text",
            "Code of the commune, district or province in which it is held; empty for the nation.",
            aliases=("commune_code", "district_code", "province_code", "area_code", "pcode"),
        ),
        Column("valid_from", "text", "First day, ISO date.", aliases=("from", "start", "start_date")),
        Column("valid_until", "text", "Last day, ISO date.", aliases=("until", "end", "end_date", "expires")),
    ),
)
COVERAGE = Table(
    "coverage",
    "Coverage that operators declare, as polygons.",
    (
        Column("operator", "text", "Operator as the country file or the towers name it.", aliases=("provider",)),
        Column("technology", "text", "2g, 3g, 4g or 5g.", values=TECHNOLOGIES, aliases=("radio", "tech", "rat")),
        Column(
            "speed_mbps",
            "number",
            "Downlink that is declared; empty for a signal of any speed.",
            "Mbps",
            0,
            100_000,
            decisive=True,
            aliases=("min_download_mbps", "mindown"),
        ),
        Column("environment", "text", "Where the receiver is.", values=ENVIRONMENTS),
        Column("date", "text", "Of what day it is, ISO date.", aliases=("declared_on",)),
    ),
)
_TECHNOLOGY_OF_LINE = Column(
    "technology", "text", "Technology of the line, as stated: fibre, cable, DSL.", aliases=("tech",)
)
_SPEED_OF_LINE = Column(
    "speed_mbps",
    "number",
    "Downlink that can be had, at least.",
    "Mbps",
    0,
    100_000,
    decisive=True,
    aliases=("max_download_mbps", "maxaddown", "min_download_mbps", "download_mbps"),
)
_SELLER_OF_LINE = Column("operator", "text", "Who sells the line.", aliases=("provider", "isp"))
FIXED = Table("fixed", "Fixed lines, as polygons.", (_SELLER_OF_LINE, _TECHNOLOGY_OF_LINE, _SPEED_OF_LINE))
FIXED_ADDRESSES = Table(
    "fixed",
    "Fixed lines, by address or building.",
    (
        LON,
        LAT,
        *FIXED.columns,
        Column("served", "text", "Whether a line can be had: yes or no, 1 or 0.", aliases=("is_served",)),
        Column("address_id", "text", "The address or building.", aliases=("location_id", "building_id")),
        Column("households", "number", "Households at the address; one where empty.", "households", 0),
    ),
)
FIXED_SHARES = Table(
    "fixed",
    "Shares of households that fixed lines reach, by area, technology and speed.",
    (
        Column(
            "code",
            "text",
            "Code or name of a commune, district or province; empty for the nation.",
            aliases=(
                "commune_code", "commune", "commune_name", "district_code", "district", "district_name",
                "province_code", "province", "province_name", "area_code", "pcode", "area",
            ),
        ),
        *FIXED.columns,
        Column("covered_share", "number", "Part of the households that are reached.", "share", 0, 1, decisive=True),
        Column("covered_percent", "number", "Part of the households that are reached.", "%", 0, 100, decisive=True),
        Column(
            "households_passed", "number", "Households that are reached.", "households", 0, decisive=True,
            aliases=("homes_passed", "passed"),
        ),
        Column("households", "number", "All households.", "households", 0, decisive=True, aliases=("homes",)),
    ),
)  # fmt: skip
ACCEPTED = "accepted"
# What a register states of a cell's antenna.
TILT_COLUMNS = ("mechanical_tilt_deg", "electrical_tilt_deg")
BEAMWIDTH_COLUMNS = ("horizontal_beamwidth_deg", "vertical_beamwidth_deg")
DIRECTION_COLUMNS = ("azimuth_deg", "grid_azimuth_deg")
SECTOR_COLUMNS = (*DIRECTION_COLUMNS, *TILT_COLUMNS, *BEAMWIDTH_COLUMNS, "pattern")
DECLARED_FIGURE = "declared_coverage"
CHALLENGES = Table(
    "challenges",
    "Figures that somebody says are wrong, and what was decided.",
    (
        Column(
            "commune_code",
            "text",
            "Code of the commune; of declared coverage it may be left out.",
            required=True,
            aliases=("commune", "code"),
        ),
        Column(
            "figure",
            "text",
            "The gap that is challenged, or declared_coverage.",
            required=True,
            values=("internet_gap_share", "delivery_gap_share", "payment_gap_share", DECLARED_FIGURE),
        ),
        Column("cell", "text", "Of declared coverage: the cell of H3.", aliases=("h3",)),
        Column("operator", "text", "Of declared coverage: whose."),
        Column("technology", "text", "Of declared coverage: the technology.", values=TECHNOLOGIES),
        Column("service_level", "text", "Of declared coverage: 'signal', or such as '10 Mbps'; empty for a signal."),
        Column("environment", "text", "Of declared coverage: of the receiver; empty for outdoor.", values=ENVIRONMENTS),
        Column("answer", "text", "What the operator answers."),
        Column("answered_by", "text", "Who answers."),
        Column("answered_on", "text", "When, ISO date."),
        Column("claimed_share", "number", "The share that it should be.", "share", 0, 1),
        Column("claim", "text", "What is said to be wrong."),
        Column("evidence", "text", "What shows it; needed where it is accepted."),
        Column("claimed_by", "text", "Who says so: a commune, an operator."),
        Column("claimed_on", "text", "When, ISO date."),
        Column("decision", "text", "What was decided.", required=True, values=("open", ACCEPTED, "rejected")),
        Column("decided_by", "text", "Who decided; needed where it is accepted."),
        Column("decided_on", "text", "When, ISO date."),
    ),
)
_BOUND = {"": "", "_low": ", low", "_high": ", high"}


def share(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "share", 0, 1)


def people(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "people", 0)


def bounded(name: str, sentence: str) -> tuple[Column, ...]:
    """A share with its low and high."""
    return tuple(share(f"{name}{bound}", f"{sentence}{_BOUND[bound]}.") for bound in BOUNDS)
