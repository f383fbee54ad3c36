"""The declaration of ``institutions``: public places, with the masts and people around them."""

from __future__ import annotations

from commune_coverage.schema.inputs import TECHNOLOGIES, Column, Table, people

RADII_KM = (1, 3, 5)


def people_within(radius_km: float) -> str:
    """Name of the people around."""
    return f"people_within_{radius_km:g}_km"


INSTITUTIONS = Table(
    "institutions",
    "Schools, health centres, commune halls, markets and other public places.",
    (
        Column("point_id", "text", "Identifier, as stated."),
        Column("point_name", "text", "Name, as stated."),
        Column("operator", "text", "Who runs it, as stated."),
        Column("class", "text", "Kind of institution."),
        Column("lon", "number", "Longitude, WGS 84.", "degrees", -180, 180),
        Column("lat", "number", "Latitude, WGS 84.", "degrees", -90, 90),
        Column("commune_code", "text", "Commune that it stands in."),
        Column("nearest_mast_m", "number", "Distance to the nearest cell; empty where there is none.", "m", 0),
        *(
            Column(f"nearest_{name}_m", "number", f"Distance to the nearest {name.upper()} cell.", "m", 0)
            for name in TECHNOLOGIES
        ),
        *(
            Column(f"operators_{name}", "text", f"Who covers it outdoors with {name.upper()}, where [territory] asks.")
            for name in TECHNOLOGIES
        ),
        *(people(people_within(radius), f"People who live within {radius} km.") for radius in RADII_KM),
        Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none."),
    ),
)
