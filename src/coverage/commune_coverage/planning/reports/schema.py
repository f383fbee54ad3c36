"""The declared columns of ``plan_sites``, ``plan_years``, ``plan_communes`` and ``plan_floors``."""

from __future__ import annotations

from commune_coverage.planning.scenario.model import THEMES
from commune_coverage.schema.inputs import BOUNDS, Column, Table, people, share

KINDS = ("upgrade", "share", "build", "build_locker", "fibre", "branch", "pickup", "locker", "agent")
_WORDS = {"internet": "high-speed internet", "delivery": "last-mile delivery", "payment": "a way to cash"}
_BOUND = {"": "", "_low": ", low", "_high": ", high"}


def _text(name: str, sentence: str, required: bool = False, values: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", sentence, required=required, values=values)


def _labels() -> tuple[Column, ...]:
    return (
        _text("scenario", "Name of the scenario.", required=True),
        _text("synthetic_layers", "Input layers that are synthetic, not observed; empty when none."),
        _text("plan_id", "The plan that made this row.", required=True),
    )


def _money(name: str, sentence: str, currency: str) -> Column:
    return Column(name, "number", sentence, currency)


def _net(name: str, sentence: str) -> Column:
    """Declare people gained less people lost: it may be below 0."""
    return Column(name, "number", sentence, "people")


def _of_theme(theme: str) -> tuple[Column, ...]:
    """Declare the people of one theme in a year."""
    words = _WORDS[theme]
    return (
        _net(f"{theme}_newly_people", f"People newly with {words} in the year, those who lose it taken off."),
        *(
            _net(f"{theme}_served_people{bound}", f"People with {words} only because of the plan{_BOUND[bound]}.")
            for bound in BOUNDS
        ),
        _net(f"{theme}_estimate_people", f"People with {words} only because of the plan, as the optimiser estimates."),
        people(f"{theme}_gap_people", f"People still without {words}, where that is known."),
        people(f"{theme}_gap_without_plan_people", f"People without {words} if nothing is built."),
        share(f"{theme}_gap_share", f"Share of people still without {words}, where that is known."),
    )


def _left(theme: str) -> tuple[Column, ...]:
    """Declare the gap of one theme that is left in a commune."""
    words = _WORDS[theme]
    return (
        people(f"{theme}_gap_people", f"People still without {words}; empty where it is not known."),
        *(share(f"{theme}_gap_share{bound}", f"Their share of all people{_BOUND[bound]}.") for bound in BOUNDS),
        people(f"{theme}_gap_without_plan_people", "The same if nothing is built."),
    )


def sites_table(currency: str) -> Table:
    """Declare ``plan_sites``.

    Parameters
    ----------
    currency : str
        ISO 4217 code of all amounts.

    Returns
    -------
    Table
        One row for each thing that the plan builds or opens.
    """
    return Table(
        "plan_sites",
        "What the plan upgrades, shares, builds and opens, in which year, at what cost, and for whom.",
        (
            _text("candidate_id", "Name of the candidate, the same from run to run.", required=True),
            _text("kind", "What is done.", required=True, values=KINDS),
            Column("year", "integer", "Year in which it is there.", "year", 2020, 2100, required=True),
            _text("phase", "Phase of the national framework."),
            _text("operator", "Operator whose equipment it is; empty for hubs and agents."),
            _text("place_name", "Name of the place."),
            _text("why", "Why something can be opened there."),
            _text("commune_code", "Code of the commune that it stands in."),
            _text("commune_name", "Name of that commune."),
            _text("province_code", "Code of the province."),
            Column("lon", "number", "Longitude, WGS 84.", "degrees", -180, 180),
            Column("lat", "number", "Latitude, WGS 84.", "degrees", -90, 90),
            _money("capital", "What building it costs.", currency),
            _money("yearly", "What it costs each year.", currency),
            _money("fund_capital", "Of the capital, what the fund pays.", currency),
            _money("fund_yearly", "Of the yearly cost, what the fund pays.", currency),
            *(
                people(f"{theme}_alone_people", f"People to whom it alone would bring {_WORDS[theme]}.")
                for theme in THEMES
            ),
            *(people(f"{theme}_people", f"People whom it first brings {_WORDS[theme]}.") for theme in THEMES),
            _money("cost_per_person", "Capital over people served first by it.", currency),
            _text("decided", "Whether a planner has pinned it.", values=("", "pinned")),
            Column("road_km", "number", "To the nearest mapped road.", "km", 0),
            Column("site_km", "number", "To the nearest site that stands.", "km", 0),
            *_labels(),
        ),
    )


def years_table(currency: str) -> Table:
    """Declare ``plan_years``.

    Parameters
    ----------
    currency : str
        ISO 4217 code of all amounts.

    Returns
    -------
    Table
        One row a year.
    """
    return Table(
        "plan_years",
        "What the plan spends and whom it serves, year by year, from the simulation of the network it leaves.",
        (
            Column("year", "integer", "The year; people are those at its end.", "year", 2020, 2100, required=True),
            _text("phase", "Phase of the national framework."),
            _money("budget", "What the fund has in the year.", currency),
            _money("spent", "What the fund pays in the year.", currency),
            _money("left", "What is left at the end of the year, with what is carried over.", currency),
            _text("left_reason", "Why that is not spent."),
            *(Column(f"{kind}_count", "integer", f"Built or opened in the year: {kind}.", "", 0) for kind in KINDS),
            *(column for theme in THEMES for column in _of_theme(theme)),
            Column("difference_share", "number", "Estimate of all served over those simulated, less 1.", "share"),
            Column("first_difference_share", "number", "The same before it was corrected by the simulation.", "share"),
            _money("capital_so_far", "Capital of all that is built by then, whoever pays.", currency),
            _money("cost_per_person", "That over all people served by then.", currency),
            _money("cost_present_value", "Cost of all so far, discounted to the first year.", currency),
            _money("net_present_value", "Benefit at the assumed value of a person's year, less cost.", currency),
            *_labels(),
        ),
    )


def communes_table() -> Table:
    """Declare ``plan_communes``.

    Returns
    -------
    Table
        One row a commune and year.
    """
    return Table(
        "plan_communes",
        "The gap that is left in each commune at the end of each year.",
        (
            _text("commune_code", "Official code, text, leading zeros kept.", required=True),
            _text("province_code", "Code of the province."),
            Column("year", "integer", "The year.", "year", 2020, 2100, required=True),
            people("people", "Residents in the year."),
            *(column for theme in THEMES for column in _left(theme)),
            *_labels(),
        ),
    )


def constraints_table() -> Table:
    """Declare ``plan_floors``, the service constraints (``floors`` in older scenario files).

    Returns
    -------
    Table
        One row a constraint and unit that today's network does not meet.
    """
    return Table(
        "plan_floors",
        "The service constraints (floors) of the scenario that today's network does not meet: kept or not, and why.",
        (
            _text("theme", "What must be served.", required=True, values=THEMES),
            _text("level", "Level of the unit.", required=True),
            _text("unit", "Code of the unit.", required=True),
            Column("by", "integer", "By the end of which year.", "year", 2020, 2100),
            people("needed_people", "People who must be newly served by then."),
            people("expected_people", "People whom the plan newly serves there by then, as the optimiser estimates."),
            _text("state", "Whether the plan keeps it.", values=("kept", "impossible", "not kept")),
            _text("reason", "Why it is not kept."),
            *_labels(),
        ),
    )
