"""The declarations of ``verification``, its cells, and where to test next: what is declared against tests."""

from __future__ import annotations

from commune_coverage.schema.inputs import ENVIRONMENTS, TECHNOLOGIES, Column, Table, people, share

AGREES, OVERSTATED, UNDERSTATED, UNDECIDED = "agrees", "overstated", "understated", "not decidable"
BOTH = "over- and understated"
CELL_VERDICTS = (AGREES, OVERSTATED, UNDERSTATED, UNDECIDED)
VERDICTS = (*CELL_VERDICTS, BOTH)
STATUSES = OPENED, ANSWERED, DECIDED = "opened", "answered", "decided"
BY_TESTS, BY_RULE = "tests", "rule"
"""Who opened or decided a challenge, where nobody did by hand."""

_TARGET = (
    Column("operator", "text", "Operator; 'any' for tests that state none, against what anybody declares."),
    Column("technology", "text", "Technology; 'any' with operator 'any'.", values=(*TECHNOLOGIES, "any")),
    Column("service_level", "text", "'signal', or the least downlink that is declared: '10 Mbps'."),
    Column("environment", "text", "Where the receiver is.", values=ENVIRONMENTS),
)
_CELL = (
    Column("h3", "text", "Cell of H3, as text."),
    Column("lon", "number", "Longitude of its middle.", "degrees", -180, 180),
    Column("lat", "number", "Latitude of its middle.", "degrees", -90, 90),
)
_LABELS = (Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),)


def _tests(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "tests", 0)


def _misstated(name: str, where: str) -> tuple[Column, ...]:
    """Cells, people and land that are misstated, with their intervals."""
    bounds = {"": "", "_low": ", low end of its interval", "_high": ", high end of its interval"}
    cells = (
        Column(f"decided_{name}_cells", "integer", f"Cells {where} that tests decide.", "cells", 0),
        Column(f"{name}_cells", "integer", f"Those of them that are {name}.", "cells", 0),
    )
    living = (people(f"{name}_people{bound}", f"People for whom coverage is {name}{text}.") for bound, text in
              bounds.items())  # fmt: skip
    land = (Column(f"{name}_km2{bound}", "number", f"Land of which coverage is {name}{text}.", "km2", 0) for bound, text
            in bounds.items())  # fmt: skip
    return (*cells, *living, *land)


VERIFICATION = Table(
    "verification",
    "What operators declare against tests and the model: the nation, and each commune in which it was tested.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "commune")),
        Column("commune_code", "text", "Code of the commune; empty for the nation."),
        *_TARGET,
        Column(
            "verdict",
            "text",
            "agrees: no more tests fail than may, and with the power that is wanted it would have been seen. "
            "overstated, understated: more than chance, the number of areas taken into account. not decidable: too few "
            "tests.",
            values=VERDICTS,
        ),
        people("people", "People of the area."),
        people("declared_people", "People at places that are declared as covered."),
        Column("declared_km2", "number", "Land that is declared as covered.", "km2", 0),
        people("modelled_people", "People whom the model covers; empty where it knows nothing of the service level."),
        people("declared_and_modelled_people", "People who are covered by both."),
        share("modelled_agreement_share", "People of whom declaration and model say the same."),
        Column("tested_cells", "integer", "Cells with tests.", "cells", 0),
        _tests("tests", "Tests that count, where coverage is declared."),
        _tests("effective_tests", "Independent tests that tell as much: those of a cell depend on each other."),
        _tests("tests_beyond", "Tests that count, where none is declared."),
        share("failing_share", "Share of the tests that failed, where coverage is declared."),
        share("failing_share_low", "Low end of its interval."),
        share("failing_share_high", "High end of its interval."),
        _tests("edge_tests", "Tests in the declared part of cells that the edge of it crosses."),
        share("edge_failing_share", "Share of these that failed."),
        share("within_failing_share", "Share of the tests in cells that are declared as a whole that failed."),
        share("p_overstated", "Chance of as many failing tests if nothing is overstated, after Holm."),
        share("p_understated", "Chance of as many covered cells where nothing is declared, after Holm."),
        share("power", "Chance of finding the overstatement that the country file wants found, at least."),
        _tests("needed_tests", "Tests at the edge that would find it with the power wanted; empty where none would."),
        *_misstated(OVERSTATED, "that are declared as covered"),
        *_misstated(UNDERSTATED, "where nothing is declared"),
        *_LABELS,
    ),
)
VERIFICATION_CELLS = Table(
    "verification_cells",
    "Cells of H3 that were tested: the part that is declared as covered, and the part that is not.",
    (
        *_CELL,
        *_TARGET,
        Column("declared", "flag", "Whether the part is declared as covered."),
        Column("is_edge", "flag", "Whether the edge of what is declared crosses the cell."),
        Column("verdict", "text", "What tests say of the part.", values=CELL_VERDICTS),
        people("people", "People in the part."),
        Column("land_km2", "number", "Land of the part.", "km2", 0),
        share("modelled_share", "Share of these people whom the model covers; empty where it knows nothing."),
        Column("tests", "integer", "Tests that count.", "tests", 0),
        Column("failing", "integer", "Those that failed.", "tests", 0),
        Column("places", "integer", "Places at which they were made.", "places", 0),
        Column("devices", "integer", "Devices by which.", "devices", 0),
        Column("days", "integer", "Days on which.", "days", 0),
        Column("hours_apart", "number", "Hours of the day between the earliest and the latest.", "h", 0, 24),
        Column("kinds", "text", "How they were made: crowd, drive, walk."),
        *_LABELS,
    ),
)
VERIFICATION_PLACES = Table(
    "verification_places",
    "Squares of 100 m in which somebody tested: the part that is declared as covered, and the part that is not.",
    (
        Column("lon", "number", "Longitude of the square's middle.", "degrees", -180, 180),
        Column("lat", "number", "Latitude of the square's middle.", "degrees", -90, 90),
        Column("h3", "text", "Cell of H3 in which the middle lies, as text."),
        *_TARGET,
        Column("declared", "flag", "Whether the part is declared as covered, where it was tested."),
        share("modelled_share", "Share of the square's people whom the model covers; empty where nobody lives."),
        people("people", "People in the square, at places whose middle lies in it."),
        Column("tests", "integer", "Tests that count.", "tests", 1),
        Column("devices", "integer", "Devices by which they were made.", "devices", 1),
        share("passed_share", "Share of the tests that passed."),
        share("declared_agreement_share", "Share of the tests that say what is declared."),
        share("modelled_agreement_share", "1 less the difference between the shares that pass and that are modelled."),
        *_LABELS,
    ),
)
DRIVE_NEXT = Table(
    "drive_next",
    "Where to test next: the cells of which one more test would tell most, for most people, by operator.",
    (
        Column("rank", "integer", "Place in the list of the operator, technology and service level.", "", 1),
        *_CELL,
        *_TARGET,
        people("people", "People in the part of the cell that is declared as covered."),
        Column("land_km2", "number", "Land of that part.", "km2", 0),
        Column("is_edge", "flag", "Whether the edge of what is declared crosses the cell."),
        share("modelled_share", "Share of these people whom the model covers; empty where it knows nothing."),
        Column("tests", "integer", "Tests that count so far.", "tests", 0),
        Column("failing", "integer", "Those that failed.", "tests", 0),
        share("chance_overstated", "Chance that more tests would fail there than may."),
        share("told_by_a_test", "By how much one test lowers the expected variance of the verdict."),
        people("value_people", "People times that: what the list is ordered by."),
        *_LABELS,
    ),
)
COVERAGE_CHALLENGES = Table(
    "coverage_challenges",
    "Cells of which declared coverage is challenged, by tests or by a claim: opened, answered, decided.",
    (
        _CELL[0],
        *_TARGET,
        Column("status", "text", "How far it has come.", values=STATUSES),
        Column("opened_by", "text", "Who opened it; 'tests' where enough of them failed."),
        Column("opened_on", "text", "When, ISO date; of tests the day of the last."),
        Column("answer", "text", "What the operator answers."),
        Column("answered_by", "text", "Who answers."),
        Column("answered_on", "text", "When, ISO date."),
        Column("decision", "text", "What was decided; accepted: the cell is not covered as declared.",
               values=("accepted", "rejected")),
        Column("decided_by", "text", "Who decided; 'rule' where no answer came in time and tests bear it out."),
        Column("decided_on", "text", "When, ISO date."),
        Column("claim", "text", "What is said to be wrong."),
        Column("evidence", "text", "What shows it."),
        Column("verdict", "text", "What tests say now; empty without tests.", values=CELL_VERDICTS),
        people("people", "People in the part of the cell that is declared as covered; empty without tests."),
        Column("tests", "integer", "Tests that count.", "tests", 0),
        Column("failing", "integer", "Those that failed.", "tests", 0),
        *_LABELS,
    ),
)  # fmt: skip
