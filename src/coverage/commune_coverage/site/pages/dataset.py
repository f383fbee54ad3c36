"""The data set behind the pages as search engines read it, in the head of each page.

Source: https://schema.org/Dataset; nothing of it is run, and it loads nothing.
"""

from __future__ import annotations

from typing import Any

from commune_coverage.site.pages.facts import Report, credits_of

_DESCRIPTION = (
    "Gaps in high-speed internet, last-mile delivery and payment by commune, with ranges and evidence. "
    "A share runs from 0 to 1; what is unknown is empty."
)
_MEASURED = ("High-speed internet gap", "Last-mile delivery gap", "Payment gap")


def dataset_of(report: Report) -> dict[str, Any] | None:
    """Describe the data set.

    Parameters
    ----------
    report : mapping
        The run's report.

    Returns
    -------
    dict or None
        JSON-LD; None where the country file switches the catalogue off, or the report is of a version without it.
    """
    exports = report.get("exports") or {}
    if not exports.get("release_catalogue"):
        return None
    country = report["country"]
    name = country["name"].get("en", country["name"][country["languages"][0]])
    invented = "An exercise: the country is invented. " if report["status"] == "invented" else ""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"Commune coverage: {name}",
        "description": f"{invented}{_DESCRIPTION}",
        "identifier": report["run_id"],
        "dateModified": report["run_date"],
        "inLanguage": list(country["languages"]),
        "spatialCoverage": {"@type": "Place", "name": name},
        "variableMeasured": list(_MEASURED),
        "isAccessibleForFree": report.get("edition") != "internal",
        "creditText": credits_of(report),
        **_stated(exports),
    }


def _stated(exports: dict[str, Any]) -> dict[str, Any]:
    """Licence and publisher, where they are stated."""
    licence = exports["licence_address"] or exports["licence"]
    publisher = {"@type": "Organization", "name": exports["publisher"]}
    return ({"license": licence} if licence else {}) | ({"publisher": publisher} if exports["publisher"] else {})
