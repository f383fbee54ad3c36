"""What a release holds, for catalogues; the date and the name of the run are in it, so that every run writes it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from commune_coverage.core.run_places import places_of
from commune_coverage.core.state.declared import REPORT
from commune_coverage.pipeline.stages.open_data.tables import publication_of
from commune_coverage.publish.open_data.catalogue.dcat import write_dcat
from commune_coverage.publish.open_data.catalogue.release import Earlier, release_of
from commune_coverage.publish.open_data.catalogue.stac import write_stac
from commune_coverage.publish.publication import shown_so_far
from commune_coverage.runs.run import Run


def describe_release(run: Run, folder: Path, hidden: Collection[str] = ()) -> None:
    """Write the catalogue files of an edition, unless they are switched off.

    Parameters
    ----------
    run : Run
        The run; earlier releases are those that were shown and are kept.
    folder : Path
        The folder of the edition's tables, all written.
    hidden : collection of str
        Layers that the edition does not show.
    """
    exports = run.country.exports
    if not exports.release_catalogue:
        return
    this = Earlier(run.run_id, run.run_date.isoformat())
    earlier = earlier_releases(run) if exports.address else ()
    release = release_of(folder, this, publication_of(run, hidden), exports.address, earlier)
    write_stac(release, folder)
    write_dcat(release, folder)


def earlier_releases(run: Run) -> tuple[Earlier, ...]:
    """List the releases that were shown and are kept, without those that show more of layers than this one.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    tuple of Earlier
        Oldest first.
    """
    shown = {one.run_id: one.run_date for one in shown_so_far(run.maps_dir) if one.run_id != run.run_id}
    return tuple(Earlier(*one) for one in shown.items() if _shows_no_more(run, one[0]))


def _shows_no_more(run: Run, run_id: str) -> bool:
    """Whether what everybody sees of a run withholds all layers that are confidential now."""
    places = places_of(run_id, run.data_dir, run.maps_dir)
    folder = places.public_tables if places.public_tables.is_dir() else places.run
    report = folder / "report.json"
    confidential = set(run.country.confidential_layers)
    return report.is_file() and confidential <= set(REPORT.read(report).get("withheld_layers", {}))
