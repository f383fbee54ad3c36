"""The wheel and the sdist hold all that a run needs, and run where there is no clone."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from commune_coverage import __version__
from tests.packaging.builds import ROOT, BuildError, build, files_of_git, fresh_environment, run, unpack, uv
from tools.page_assets import FILES, STAMP
from tools.pythons import pythons

pytestmark = pytest.mark.xdist_group("packaging")

SOURCES = "src/coverage/"
ASSETS = "commune_coverage/site/assets"
EXAMPLES = "commune_coverage/examples"
METADATA = f"commune_coverage-{__version__}.dist-info"
PYTHONS = pythons()


def test_the_wheel_holds_the_packages_assets_flows_and_examples_and_nothing_else(wheel: Path) -> None:
    packages = {name.removeprefix(SOURCES) for name in files_of_git(f"{SOURCES}commune_coverage", "pipelines")}
    assets = {f"{ASSETS}/{name}" for name in (*FILES, STAMP.name)}
    examples = {f"commune_coverage/{name}" for name in files_of_git("examples")} | {f"{EXAMPLES}/prefect.yaml"}
    assert {name for name in _contents(wheel) if not name.startswith(METADATA)} == packages | assets | examples
    assert {"commune_coverage/py.typed", "pipelines/nightly.py", f"{EXAMPLES}/country.toml"} <= _contents(wheel).keys()


def test_a_wheel_of_the_sdist_needs_no_npm_and_is_the_same(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    source = unpack(sdist, tmp_path / "sdist")
    again = build(source, tmp_path / "wheel", "wheel", PATH="")
    assert _contents(again) == _contents(wheel)
    assert not {"tests", "node_modules", ".venv"} & {path.name for path in source.iterdir()}


def test_without_the_npm_registry_the_build_fails_with_one_sentence(sdist: Path, tmp_path: Path) -> None:
    source = unpack(sdist, tmp_path / "sdist")
    shutil.rmtree(source / SOURCES / ASSETS)
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    npm.chmod(0o755)
    with pytest.raises(BuildError) as failure:
        build(source, tmp_path / "wheel", "wheel", check=False, PATH=f"{npm.parent}:/usr/bin:/bin")
    last = str(failure.value).strip().splitlines()[-1]
    assert last.startswith("commune-coverage cannot be built: npm cannot install the map pages' libraries and fonts")
    assert "ENOTFOUND" in last
    assert "Traceback" not in str(failure.value)


def test_assets_of_another_package_lock_are_fetched_again(sdist: Path, tmp_path: Path) -> None:
    source = unpack(sdist, tmp_path / "sdist")
    code = "from tools import page_assets; print(page_assets.is_current())"
    assert run(sys.executable, "-c", code, cwd=source).stdout.strip() == "True"
    with (source / "package-lock.json").open("a") as stream:
        stream.write("\n")
    assert run(sys.executable, "-c", code, cwd=source).stdout.strip() == "False"


def test_the_version_stands_in_one_place(wheel: Path) -> None:
    assert wheel.name == f"commune_coverage-{__version__}-py3-none-any.whl"
    assert f'"{__version__}"' not in (ROOT / "pyproject.toml").read_text().split("[project.optional-dependencies]")[0]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both, built in isolation from a clean clone."""
    folder = tmp_path_factory.mktemp("clone")
    run("git", "clone", "--quiet", ROOT, folder / "clone", cwd=folder)
    uv("build", "--quiet", "--out-dir", folder / "dist", folder / "clone", cwd=folder)
    return {"wheel": next((folder / "dist").glob("*.whl")), "sdist": next((folder / "dist").glob("*.tar.gz"))}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
@pytest.mark.parametrize("version", PYTHONS)
def test_installed_without_a_clone_it_runs(
    distributions: dict[str, Path], version: str, kind: str, tmp_path: Path
) -> None:
    environment = fresh_environment(tmp_path, PYTHONS[version])
    environment.install(distributions[kind])
    assert environment.python("import commune_coverage; print(commune_coverage.__version__)") == __version__
    assert environment.run("commune-coverage", "--version") == f"commune-coverage {__version__}"
    country = environment.run("commune-coverage", "demo").splitlines()[-1]
    environment.run("commune-coverage", "check", country)
    index = environment.run("commune-coverage", "run", country).splitlines()[-1]
    assert (environment.work / index).is_file()
    assert list((environment.work / index).resolve().parent.glob("*/assets/leaflet/leaflet.js"))
    environment.install("ipykernel", "nbclient")
    environment.run("jupyter-execute", shutil.copy(ROOT / "docs/first_steps.ipynb", environment.work))
    written = environment.run("commune-coverage", "examples").splitlines()
    assert {"examples/country.toml", "examples/prefect.yaml", "examples/scenarios/base.toml"} <= set(written)


def _contents(wheel: Path) -> dict[str, int]:
    """Name -> checksum of every file in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}
