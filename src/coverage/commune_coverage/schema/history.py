"""The tables of every run that stay: columns that all of them have, whatever version wrote them.

What a run knew beyond them (other thresholds, other packages' indicators) stays beside them as the run had it.
"""

from __future__ import annotations

from commune_coverage.schema.inputs import Column, Table, people, share

_GAPS = ("internet", "delivery", "payment")
_FIGURES = (
    people("people", "Residents; empty when no people layer reaches them."),
    *(people(f"{theme}_gap_people", f"People in the {theme} gap; empty where it is not known.") for theme in _GAPS),
    *(share(f"{theme}_gap_share", "Their share of the residents; empty where it is not known.") for theme in _GAPS),
)
COMMUNES_KEPT = Table(
    "communes",
    "The gaps of each commune as a run found them.",
    (Column("commune_code", "text", "Official code, text, leading zeros kept.", required=True), *_FIGURES),
)
NATIONAL_KEPT = Table("national", "The figures of the nation as a run found them.", _FIGURES)
