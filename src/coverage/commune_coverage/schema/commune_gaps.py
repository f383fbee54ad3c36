"""The declaration of ``commune_gaps``: one row per commune, with all gaps, their bounds and their evidence."""

from __future__ import annotations

from collections.abc import Sequence

from commune_coverage.schema.inputs import EVIDENCE_CLASSES, Column, Table, named_columns, people, share
from commune_coverage.schema.themes import ThemeColumns, declare_composite


def commune_gaps_table(
    languages: Sequence[str], themes: Sequence[ThemeColumns], further: Sequence[Column] = ()
) -> Table:
    """Declare ``commune_gaps`` for one country.

    Parameters
    ----------
    languages : sequence of str
        Languages of the names.
    themes : sequence of ThemeColumns
        Columns of each theme, for the country's thresholds.
    further : sequence of Column, optional
        Columns of other packages.

    Returns
    -------
    Table
    """
    return Table(
        "commune_gaps",
        "One row per commune: the gaps in high-speed internet, last-mile delivery and payment.",
        (
            *_commune(languages),
            *(column for theme in themes for column in theme.headline),
            *declare_composite(),
            *(column for theme in themes for column in theme.details),
            Column("cells", "integer", "Mobile cells standing in the commune.", "cells", 0),
            Column("sites", "integer", "Sites of those cells: what one operator has on one mast.", "sites", 0),
            Column("cell_samples", "integer", "Crowd measurements behind those cells, recent ones.", "measurements", 0),
            *(theme.evidence for theme in themes),
            Column("evidence_class", "text", "The weakest of those that can be had.", values=EVIDENCE_CLASSES),
            *(column for theme in themes for column in theme.all_notes),
            Column("challenged", "text", "Gaps that an accepted challenge sets, and who decided; empty for none."),
            *(_modelled(theme.theme) for theme in themes),
            Column(
                "calibration",
                "text",
                "How drive tests and published shares shifted the received power; empty when none did.",
            ),
            *further,
            Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
            Column("geometry", "geometry", "Boundary after repair, WGS 84."),
        ),
    )


def _commune(languages: Sequence[str]) -> tuple[Column, ...]:
    return (
        Column("commune_code", "text", "Official code, text, leading zeros kept.", required=True),
        *named_columns("commune", list(languages)),
        Column("district_code", "text", "Code of the district."),
        *named_columns("district", list(languages)),
        Column("province_code", "text", "Code of the province."),
        *named_columns("province", list(languages)),
        people("people", "Residents counted in the commune; empty when no people layer reaches it."),
        Column("area_km2", "number", "Geodesic area on WGS 84.", "km2", 0),
    )


def _modelled(theme: str) -> Column:
    sentence = f"What the model says where a challenge or a declaration sets the {theme} gap."
    return share(f"{theme}_gap_modelled_share", sentence)
