"""The members of a GTFS archive that are read, by their columns."""

from __future__ import annotations

from commune_coverage.schema.inputs import LAT, LON, Column, Table

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TRIP = Column("trip_id", "text", "The trip.", required=True)
_SERVICE = Column("service_id", "text", "The days on which it runs.", required=True)

STOPS = Table(
    "stops",
    "Stops.",
    (
        Column("stop_id", "text", "The stop.", required=True),
        Column("lon", "number", LON.sentence, "degrees", -180, 180, True, aliases=("stop_lon",)),
        Column("lat", "number", LAT.sentence, "degrees", -90, 90, True, aliases=("stop_lat",)),
    ),
)
TRIPS = Table("trips", "Trips.", (Column("route_id", "text", "The route.", required=True), _SERVICE, _TRIP))
STOP_TIMES = Table(
    "stop_times",
    "When trips call at stops.",
    (
        _TRIP,
        Column("stop_id", "text", "The stop.", required=True),
        Column("stop_sequence", "integer", "Order of the calls of a trip.", "", 0, required=True),
        Column("arrival_time", "text", "H:MM:SS; empty between calls that are timed."),
        Column("departure_time", "text", "H:MM:SS; empty between calls that are timed."),
    ),
)
CALENDAR = Table(
    "calendar",
    "Weekdays on which services run.",
    (
        _SERVICE,
        *(Column(day, "integer", f"Whether it runs on a {day.title()}.", "", 0, 1, required=True) for day in WEEKDAYS),
        Column("start_date", "text", "First day, YYYYMMDD.", required=True),
        Column("end_date", "text", "Last day, YYYYMMDD.", required=True),
    ),
)
CALENDAR_DATES = Table(
    "calendar_dates",
    "Days on which services run otherwise.",
    (
        _SERVICE,
        Column("date", "text", "The day, YYYYMMDD.", required=True),
        Column("exception_type", "integer", "1 runs, 2 does not.", "", 1, 2, required=True),
    ),
)
FREQUENCIES = Table(
    "frequencies",
    "Trips that run again and again.",
    (
        _TRIP,
        Column("start_time", "text", "From when, H:MM:SS.", required=True),
        Column("end_time", "text", "Until when, H:MM:SS.", required=True),
        Column("headway_secs", "number", "Time between departures.", "s", 1, 86_400, required=True),
    ),
)
MEMBERS = (STOPS, TRIPS, STOP_TIMES, CALENDAR, CALENDAR_DATES, FREQUENCIES)
REQUIRED_MEMBERS = ("stops", "trips", "stop_times")
