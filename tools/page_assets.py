"""Copy the pages' scripts, styles and fonts from the pinned npm packages into the package's own assets folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
ASSETS = ROOT / "src" / "coverage" / "commune_coverage" / "site" / "assets"

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


def main() -> None:
    """Replace the assets folder by exactly the declared files; end with a sentence if a package lacks one."""
    missing = [source for source in FILES.values() if not (MODULES / source).is_file()]
    if missing:
        sys.exit(f"node_modules lacks {', '.join(missing)}; run 'npm ci', then this again")
    shutil.rmtree(ASSETS, ignore_errors=True)
    for target, source in FILES.items():
        (ASSETS / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, ASSETS / target)


if __name__ == "__main__":
    main()
