"""What layers that a person has approved change by themselves of the national figures that are shown."""

from __future__ import annotations

from typing import Any

from commune_coverage.core.errors import CoverageError
from commune_coverage.core.files import read_json
from commune_coverage.core.quarantine import printable
from commune_coverage.core.versions import library_versions
from commune_coverage.pipeline.stages.ingest.version_gate import store_inputs
from commune_coverage.quality.results import ApprovedChange, Shown
from commune_coverage.reanalysis.attribution.explain import computed
from commune_coverage.reanalysis.attribution.steps import Manifest, with_layers
from commune_coverage.runs.run import Run

Figures = dict[str, Any]


def change_by_layers(run: Run, shown: Shown, layers: list[str]) -> ApprovedChange:
    """Compute the run that is shown once more with nothing new but some layers of another run.

    Where the code is another one than that of the run that is shown, both are computed by the code that is here: what
    the code changes is not the layers' doing.

    Parameters
    ----------
    run : Run
        A run of which the indicators are computed.
    shown : Shown
        The run that is shown.
    layers : list of str
        Names of layers of ``run``.

    Returns
    -------
    ApprovedChange
        Change of each national figure; or why it could not be computed.
    """
    store_inputs(run)
    here = library_versions()
    before = shown.manifest | {"versions": here}
    try:
        same_code = shown.manifest["versions"] == here
        first = shown.report["national"] if same_code else _national(before, run)
        last = _national(with_layers(before, run.manifest, layers), run)
    except CoverageError as error:
        return ApprovedChange(layers, unknown=printable(error, 300))
    return ApprovedChange(layers, {name: last[name] - first[name] for name in first if _known(name, first, last)})


def _national(manifest: Manifest, run: Run) -> Figures:
    with computed(manifest, run.data_dir, run.engine) as mixed:
        return dict(read_json(mixed.stages_folder / "national.json"))


def _known(name: str, *figures: Figures) -> bool:
    return all(isinstance(each.get(name), int | float) for each in figures)
