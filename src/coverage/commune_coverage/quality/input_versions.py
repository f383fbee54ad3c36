"""Every version of every layer's files that a run has published, and those that were held back."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from commune_coverage.core.errors import RunError, UnreadableFileError
from commune_coverage.core.files import sync_tree
from commune_coverage.core.state.declared import INPUT_VERSIONS
from commune_coverage.quality.decisions import LAYER_APPROVED, LAYER_HELD, Decided, is_recorded, record_decision
from commune_coverage.readers.formats.provenance import sidecar_of
from commune_coverage.readers.safety.companions import companions
from commune_coverage.readers.safety.files import sha256

Status = Literal["good", "held", "approved"]
KEPT_VERSIONS = 20
"""Of each layer and status: more than there are whole runs, so that these can be computed again."""


class FileFacts(BaseModel):
    """What is known of one file; what else was read from it is kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class InputVersion(BaseModel):
    """One version of a layer: its files by their name in the layer ('' is its own), and what was read from them.

    ``settings`` is a hash of the layer's settings: other settings read other things from the same files.
    ``same_settings`` is that of the same settings today, where an earlier version hashed them otherwise.
    ``run_date`` is the first run of a good version, or that on which a version was held. ``because`` is why a person
    approved it. What another version says further is kept.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    digest: str
    settings: str
    status: Status
    run_date: date = Field(validation_alias=AliasChoices("run_date", "night"))
    reason: str = ""
    because: str = ""
    measure: dict[str, float] = Field(default_factory=dict)
    files: dict[str, FileFacts] = Field(default_factory=dict)
    same_settings: str = ""

    def is_of(self, settings: str) -> bool:
        """Whether its files are read by the settings of this hash."""
        return settings in (self.settings, self.same_settings)


class InputVersions:
    """``<data>/inputs/<country>``: one ``<layer>.json`` a layer, oldest first, and the good files by their hash."""

    def __init__(self, data_dir: Path, country_code: str) -> None:
        self.folder = Path(data_dir) / "inputs" / country_code
        self._data_dir, self._country_code = Path(data_dir), country_code

    def versions(self, layer: str) -> list[InputVersion]:
        """List all that is known of a layer, oldest first; from the listing's copy where it is damaged.

        A version that is listed as approved, and of which no decision is on record, is held.

        Parameters
        ----------
        layer : str
            Name of the layer.

        Returns
        -------
        list of InputVersion
            Its versions.

        Raises
        ------
        UnreadableFileError
            When the listing and its copy are damaged.
        NewerFormatError
            When a newer version wrote them.
        """
        return [self._proven(layer, version) for version in self._listed(layer)]

    def _listed(self, layer: str) -> list[InputVersion]:
        """As the listing, or its copy where it is damaged, has them."""
        listing = self._listing(layer)
        sources = [source for source in (listing, _copy_of(listing)) if source.is_file()]
        problem: UnreadableFileError | None = None
        for source in sources:
            try:
                listed = INPUT_VERSIONS.read(source)["versions"]
                return INPUT_VERSIONS.typed(listed, list[InputVersion], source)
            except UnreadableFileError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        return []

    def find(self, layer: str, digest: str, settings: str) -> InputVersion | None:
        """Find what is known of exactly these files under these settings.

        Parameters
        ----------
        layer : str
            Name of the layer.
        digest : str
            Hash of its files.
        settings : str
            Hash of its settings.

        Returns
        -------
        InputVersion or None
            None where they are not known.
        """
        known = (each for each in self.versions(layer) if each.digest == digest and each.is_of(settings))
        return next(known, None)

    def last_good(self, layer: str, settings: str, *, is_used: bool = False) -> InputVersion | None:
        """Find the newest version that was published and whose files are there.

        Parameters
        ----------
        layer : str
            Name of the layer.
        settings : str
            Hash of its settings.
        is_used : bool
            Whether figures are made of the files: they must have their digests then.

        Returns
        -------
        InputVersion or None
            None where there is none.
        """
        for version in reversed(self.versions(layer)):
            there = all(self._is_there(facts, is_used) for facts in version.files.values())
            if version.status == "good" and version.is_of(settings) and there:
                return version
        return None

    def _is_there(self, facts: FileFacts, is_used: bool) -> bool:
        path = self.path_of(facts.sha256, facts.file)
        return path.is_file() and (not is_used or sha256(path) == facts.sha256)

    def path_of(self, digest: str, file: str) -> Path:
        """Name the copy of one file.

        Parameters
        ----------
        digest : str
            SHA-256 of the file.
        file : str
            Its name.

        Returns
        -------
        Path
            Where it is stored, under its own name.
        """
        return self.folder / "objects" / digest / Path(file).name

    def keep(self, layer: str, version: InputVersion, paths: dict[str, Path]) -> None:
        """Copy the files of a version that is published, and list it last; older ones are pruned.

        Parameters
        ----------
        layer : str
            Name of the layer.
        version : InputVersion
            The version.
        paths : dict[str, Path]
            Its files by their name in the layer.
        """
        self.store(version, paths)
        before = self.find(layer, version.digest, version.settings)
        if before is not None:
            run_date = before.run_date if before.status == "good" else version.run_date
            version = version.model_copy(update={"run_date": run_date, "because": before.because})
        self._list(layer, version)
        self._prune()

    def store(self, version: InputVersion, paths: dict[str, Path]) -> None:
        """Copy a version's files; those that nobody lists go when the next version is stored.

        Parameters
        ----------
        version : InputVersion
            The version.
        paths : dict[str, Path]
            Its files by their name in the layer.
        """
        for name, facts in version.files.items():
            self._copy(paths[name], facts)

    def hold(self, layer: str, version: InputVersion) -> None:
        """List a version that is not to be used, and record that.

        Parameters
        ----------
        layer : str
            Name of the layer.
        version : InputVersion
            The version.
        """
        known = self.find(layer, version.digest, version.settings)
        if known is None or known.status != "held":
            record_decision(self._data_dir, LAYER_HELD, self.named(layer, version) | {"reason": version.reason})
        self._list(layer, version)

    def named(self, layer: str, version: InputVersion) -> dict[str, str]:
        """Name a version as the record of decisions does.

        Parameters
        ----------
        layer : str
            Name of the layer.
        version : InputVersion
            The version.

        Returns
        -------
        dict[str, str]
            Country, layer, hashes of files and settings.
        """
        hashes = {"version": version.digest, "settings": version.settings}
        return {"country": self._country_code, "layer": layer} | hashes

    def newest_held(self, layer: str) -> InputVersion:
        """Find the newest version that is held back.

        Parameters
        ----------
        layer : str
            Name of the layer.

        Returns
        -------
        InputVersion
            The version.

        Raises
        ------
        RunError
            When none is held back.
        """
        held = [version for version in self.versions(layer) if version.status == "held"]
        if not held:
            raise RunError(f"no version of '{layer}' is held back")
        return held[-1]

    def approve(self, layer: str, decided: Decided) -> InputVersion:
        """Let the newest version that is held back into the next run, and record that.

        Parameters
        ----------
        layer : str
            Name of the layer.
        decided : Decided
            Who approves it, and why it is right.

        Returns
        -------
        InputVersion
            The approved version.

        Raises
        ------
        RunError
            When none is held back.
        """
        held = self.newest_held(layer)
        record_decision(self._data_dir, LAYER_APPROVED, self.named(layer, held), decided)
        approved = held.model_copy(update={"status": "approved", "because": decided.because})
        self._list(layer, approved)
        return approved

    def held_layers(self) -> list[str]:
        """List the layers of which a version is held back.

        Returns
        -------
        list of str
            Names, sorted.
        """
        return [name for name in self.layers() if any(version.status == "held" for version in self.versions(name))]

    def know_settings(self, same: Mapping[tuple[str, str], str]) -> None:
        """Say of listed versions which settings of today are theirs.

        Parameters
        ----------
        same : mapping of (str, str) to str
            By the layer and the hash of an earlier version today's hash of the same settings.
        """
        for layer in self.layers():
            known = ((each, same.get((layer, each.settings), each.same_settings)) for each in self._listed(layer))
            self._write(layer, [each.model_copy(update={"same_settings": today}) for each, today in known])

    def layers(self) -> list[str]:
        """List the layers of which a version is known, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def _proven(self, layer: str, version: InputVersion) -> InputVersion:
        is_doubtful = version.status == "approved" and not is_recorded(
            self._data_dir, LAYER_APPROVED, self.named(layer, version)
        )
        return version.model_copy(update={"status": "held"}) if is_doubtful else version

    def _copy(self, path: Path, facts: FileFacts) -> None:
        target = self.path_of(facts.sha256, facts.file)
        if target.is_file():
            return
        aside = target.parent.with_name(f".{target.parent.name}")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for part in companions(path):
            target_of_part = aside / part.relative_to(path.parent)
            target_of_part.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(part, target_of_part)
        if sidecar_of(path).is_file():
            shutil.copyfile(sidecar_of(path), sidecar_of(aside / path.name))
        if sha256(aside / path.name) == facts.sha256:
            aside.rename(target.parent)
            sync_tree(target.parent, self.folder)
        else:
            shutil.rmtree(aside)

    def _list(self, layer: str, version: InputVersion) -> None:
        others = [
            each for each in self._listed(layer) if each.digest != version.digest or not each.is_of(version.settings)
        ]
        self._write(layer, [*others, version])

    def _write(self, layer: str, versions: list[InputVersion]) -> None:
        """Write the listing, and a copy of it for the day that it is damaged."""
        listing = self._listing(layer)
        content = {"versions": [version.model_dump(mode="json") for version in versions]}
        for target in (listing, _copy_of(listing)):
            INPUT_VERSIONS.rewrite(target, content, durable=True)

    def _prune(self) -> None:
        """Keep the newest good versions of each layer, and as many held and approved ones; drop files nobody lists."""
        listed = set()
        for listing in self.folder.glob("*.json"):
            versions = self._listed(listing.stem)
            newest = {id(each) for status in get_args(Status) for each in _of(versions, status)[-KEPT_VERSIONS:]}
            newest_versions = [version for version in versions if id(version) in newest]
            if newest_versions != versions:
                self._write(listing.stem, newest_versions)
            listed |= {facts.sha256 for version in newest_versions for facts in version.files.values()}
        for folder in (self.folder / "objects").glob("[!.]*"):
            if folder.name not in listed:
                shutil.rmtree(folder)

    def _listing(self, layer: str) -> Path:
        return self.folder / f"{layer}.json"


def _of(versions: list[InputVersion], status: str) -> list[InputVersion]:
    return [version for version in versions if version.status == status]


def _copy_of(listing: Path) -> Path:
    return listing.with_suffix(".json.copy")
