"""``commune-coverage examples``: files with every key explained, and the deployments of the Prefect flows."""

from __future__ import annotations

import shutil
from pathlib import Path

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import atomic_write
from commune_coverage.core.quarantine import printable

_PACKAGE = Path(__file__).parents[1]
_CLONE = _PACKAGE.parents[2]


def write_examples(folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Copy the example files into the folder; their paths are returned.

    Raises CountryFileError when one is there already and is not to be replaced.
    """
    sources = {folder / name: source for name, source in example_files().items()}
    there = [path for path in sources if path.exists()]
    if there and not overwrite:
        raise CountryFileError(
            f"'{printable(there[0])}' is already there; choose another folder or have it overwritten"
        )
    for path, source in sources.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as part:
            shutil.copyfile(source, part)
    return list(sources)


def example_files() -> dict[str, Path]:
    """Name below ``examples/`` -> file: those of a wheel are in the package, those of a clone beside the sources."""
    packaged = _PACKAGE / "examples"
    folder = packaged if packaged.is_dir() else _CLONE / "examples"
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    if folder != packaged:
        files["prefect.yaml"] = _CLONE / "prefect.yaml"
    return {**files, "radios.toml": _PACKAGE / "radio" / "radios.toml"}
