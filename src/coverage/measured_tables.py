"""Declarations of what is measured or counted rather than modelled: speed tests, fibre, users."""

from __future__ import annotations

from coverage.tables import LAT, LON, TECHNOLOGIES, Column, Table

_FASTEST_MBPS = 100_000.0

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
        Column("tests", "integer", "Tests behind the values.", "tests", 1),
        Column("operator", "text", "Operator as the country file names it.", aliases=("network", "carrier")),
        Column("technology", "text", "2g, 3g, 4g or 5g.", values=TECHNOLOGIES, aliases=("radio", "tech", "rat")),
        Column("rsrp_dbm", "number", "Received power of the reference signal or pilot.", "dBm", -160, -10,
               aliases=("rsrp", "rscp_dbm", "rxlev_dbm", "signal_dbm")),
    ),
)  # fmt: skip

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
        Column("code", "text", "Code of a commune, district or province.", required=True,
               aliases=("commune_code", "district_code", "province_code", "area_code", "pcode")),
        Column("users", "number", "People who use the mobile internet.", "people", 0, 2e9, required=True,
               aliases=("subscribers", "subscriptions", "mobile_internet_users")),
    ),
)  # fmt: skip

ACCEPTED = "accepted"

CHALLENGES = Table(
    "challenges",
    "Figures that somebody says are wrong, and what was decided.",
    (
        Column("commune_code", "text", "Code of the commune.", required=True, aliases=("commune", "code")),
        Column("figure", "text", "The gap that is challenged.", required=True,
               values=("internet_gap_share", "delivery_gap_share", "payment_gap_share")),
        Column("claimed_share", "number", "The share that it should be.", "share", 0, 1),
        Column("claim", "text", "What is said to be wrong."),
        Column("evidence", "text", "What shows it."),
        Column("claimed_by", "text", "Who says so: a commune, an operator."),
        Column("claimed_on", "text", "When, ISO date."),
        Column("decision", "text", "What was decided.", required=True, values=("open", ACCEPTED, "rejected")),
        Column("decided_by", "text", "Who decided."),
        Column("decided_on", "text", "When, ISO date."),
    ),
)  # fmt: skip
