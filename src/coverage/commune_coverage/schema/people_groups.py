"""The declaration of ``people_groups``: gaps of women, adults and other groups."""

from __future__ import annotations

from commune_coverage.schema.inputs import BOUNDS, Column, Table, people

_WHAT = {
    "internet_gap": "without high-speed internet",
    "delivery_gap": "without last-mile delivery",
    "payment_gap": "without a way to cash",
}
_ENDS = {
    "": "",
    "_low": ", low: none where the commune has no figure",
    "_high": ", high: all where the commune has no figure",
}
GAPS = tuple(_WHAT)
PEOPLE_GROUPS = Table(
    "people_groups",
    "Groups of people, such as women or adults, and their gaps. Within a commune a group is taken to live as all"
    " people do.",
    (
        Column("level", "text", "Kind of area.", values=("nation", "province", "district", "commune")),
        Column("code", "text", "Code of the area; empty for the nation."),
        Column("group", "text", "The group, as the country file names it."),
        people("people", "People of the group."),
        Column("people_share", "number", "Of all people of the area; empty where nobody lives.", "share", 0),
        *(
            column
            for gap, what in _WHAT.items()
            for column in (
                *(people(f"{gap}_people{end}", f"People of the group {what}{_ENDS[end]}.") for end in BOUNDS),
                Column(f"{gap}_share", "number", f"Share of them {what}, where communes have a figure.", "share", 0, 1),
            )
        ),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
