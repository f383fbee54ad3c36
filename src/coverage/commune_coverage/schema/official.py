"""The declaration of ``official_indicators``: figures by the definitions of the United Nations, with their metadata."""

from __future__ import annotations

from dataclasses import dataclass

from commune_coverage.schema.inputs import Column, Table

MODELLED, COUNTED = "modelled", "counted"
OFFICIAL_INDICATORS = Table(
    "official_indicators",
    "Indicators of the Sustainable Development Goals by their own definitions, for the nation and its provinces.",
    (
        Column("indicator", "text", "Number of the indicator in the global framework, such as 9.c.1."),
        Column("series", "text", "Code of the series in the database of the United Nations; empty where it has none."),
        Column("title", "text", "What the series is."),
        Column("level", "text", "Kind of area.", values=("nation", "province")),
        Column("code", "text", "Code of the province; empty for the nation."),
        Column("name", "text", "Name of the province; empty for the nation."),
        Column("value", "number", "The figure; empty where it cannot be had.", minimum=0),
        Column("value_low", "number", "Low end of its range, as far as one is known.", minimum=0),
        Column("value_high", "number", "High end of its range.", minimum=0),
        Column("unit", "text", "Unit of the figure."),
        Column("basis", "text", "Modelled from layers, or counted in one.", values=(MODELLED, COUNTED)),
        Column("definition", "text", "The official definition, in short."),
        Column("differs", "text", "How the figure differs from the definition, and what is missing."),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)


@dataclass(frozen=True)
class Series:
    """An official series: its metadata, and the column or the class of payment points that it comes from."""

    indicator: str
    series: str
    title: str
    unit: str
    definition: str
    differs: str
    share: str = ""
    points: str = ""


_SIGNAL = "Share of inhabitants who live within range of a mobile-cellular signal of {}, subscribers or not (ITU)."
_PER_ADULTS = "Number of {} for every 100,000 adults (IMF Financial Access Survey)."
_MODEL = (
    "Computed from masts, not reported by operators: people who hear a cell outdoors and are heard by it at the edge of"
    " the cell. The range holds if all communes err the same way."
)
_POINTS = "Counted in the payment layer, of whichever company; no more complete than the layer is."
SERIES = (
    Series(
        "9.c.1", "IT_MOB_2GNTWK", "Population covered by at least a 2G mobile network", "%",
        _SIGNAL.format("at least 2G"), _MODEL, share="at_least_2g_share",
    ),
    Series(
        "9.c.1", "IT_MOB_3GNTWK", "Population covered by at least a 3G mobile network", "%",
        _SIGNAL.format("at least 3G"), _MODEL, share="at_least_3g_share",
    ),
    Series(
        "9.c.1", "IT_MOB_4GNTWK", "Population covered by at least a 4G mobile network", "%",
        _SIGNAL.format("at least LTE"), _MODEL, share="at_least_4g_share",
    ),
    Series(
        "9.1.1", "SP_ROD_R2KM", "Rural population who live within 2 km of an all-season road", "%",
        "Share of rural people who live within 2 km of a road that is motorable all year (World Bank).",
        "All-season is what is paved or of class tertiary and above; rural by the degree of urbanisation. No range.",
        share="rural_access_share",
    ),
    Series(
        "8.10.1", "FB_CBK_BRCH", "Commercial bank branches", "per 100,000 adults",
        _PER_ADULTS.format("commercial bank branches"), _POINTS, points="branch",
    ),
    Series(
        "8.10.1", "FB_ATM_TOTL", "Automated teller machines", "per 100,000 adults",
        _PER_ADULTS.format("automated teller machines"), _POINTS, points="atm",
    ),
    Series(
        "8.10.1", "", "Mobile money agents", "per 100,000 adults",
        "No series of the framework: agents as the Financial Access Survey counts them.", _POINTS, points="agent",
    ),
)  # fmt: skip
