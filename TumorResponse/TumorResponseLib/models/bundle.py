"""Model bundles on disk: find them, read their metadata, check that their weights are what the metadata says.

A bundle is a folder in the MONAI layout: ``configs/metadata.json``, ``models/`` and ``docs/README.md`` (the card).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from TumorResponseLib.core.errors import BundleError
from TumorResponseLib.core.resources import resources_folder

FOLDERS_VARIABLE = "TUMOR_RESPONSE_BUNDLES"
METADATA = "configs/metadata.json"
CARD = "docs/README.md"
SCHEMA = "Schemas/bundle-metadata.schema.json"
LONGEST_DETAIL = 200
"""Characters of a validator's message that are shown; it may quote the whole file."""


@dataclass(frozen=True)
class Bundle:
    """A bundle whose metadata are valid; its weights are checked whenever they are read.

    Attributes:
        name: the metadata's name, by which the bundle is opened.
        metadata: ``configs/metadata.json``.
        sha256: hexadecimal digest of the whole bundle, see ``bundle_sha256``.
    """

    name: str
    path: Path
    metadata: dict[str, Any]
    sha256: str

    def read(self, relative: str) -> bytes:
        """The content of a file listed in the metadata's ``weights``, after its SHA-256 was compared.

        Callers use these bytes and do not open the file again, so that what is used is what was checked.

        Raises:
            BundleError: the file is not listed, missing, outside the bundle, or not what the metadata says.
        """
        expected = self.metadata["weights"].get(relative)
        if expected is None:
            listed = ", ".join(sorted(self.metadata["weights"]))
            raise BundleError(f"The bundle {self.name} in {self.path} lists no file {relative}; it lists {listed}.")
        path = _inside(self.path, relative)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BundleError(
                f"The file {relative} of the bundle {self.name} cannot be read from {self.path} "
                f"({error.strerror}); install the bundle again."
            ) from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise BundleError(
                f"The file {relative} of the bundle {self.name} in {self.path} was damaged or altered: its SHA-256 is "
                "not the one in configs/metadata.json; install the bundle again."
            )
        return content

    def read_json(self, relative: str) -> Any:
        """A JSON file listed in the metadata's ``weights``, checked as ``read`` does.

        Raises:
            BundleError: as ``read``, or the content is no JSON.
        """
        try:
            return json.loads(self.read(relative))
        except ValueError as error:
            raise BundleError(
                f"The file {relative} of the bundle {self.name} in {self.path} is no valid JSON; "
                "install the bundle again."
            ) from error

    def setting(self, *keys: str) -> Any:
        """A value of the metadata that a system needs and the schema leaves free, such as a threshold.

        Raises:
            BundleError: it is missing.
        """
        value: Any = self.metadata
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                raise BundleError(
                    f"The bundle {self.name} in {self.path} says nothing of {'/'.join(keys)} in {METADATA}; "
                    "take a bundle that was trained for this."
                )
            value = value[key]
        return value


class FoundBundles(NamedTuple):
    """What a search found: bundles by name, and one sentence for each that cannot be used."""

    bundles: dict[str, Bundle]
    problems: list[str]


def default_folders() -> list[Path]:
    """Where bundles are searched, in order: the folders in ``TUMOR_RESPONSE_BUNDLES``, then the shipped bundles.

    The first bundle of a name is taken, so a site's own takes the place of a shipped one. An entry of the variable,
    separated as in ``PATH``, is a folder of bundles or a bundle.
    """
    own = [Path(entry).expanduser() for entry in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if entry]
    return [*own, resources_folder() / "Models"]


def find_bundles(folders: Iterable[Path]) -> FoundBundles:
    """Find the bundles in ``folders``; each folder holds bundles, or is one.

    Of several bundles of one name in different folders the first is taken; within one folder the second is a
    problem. A bundle that cannot be used is a problem too and hides no other. Weights are not read here.
    """
    found = FoundBundles({}, [])
    for folder in folders:
        in_this_folder: dict[str, Bundle] = {}
        if not folder.is_dir():
            found.problems.append(f"The bundle folder {folder} does not exist; correct {FOLDERS_VARIABLE}.")
            continue
        for path in _candidates(folder):
            try:
                bundle = read_bundle(path)
            except BundleError as error:
                found.problems.append(str(error))
                continue
            if other := in_this_folder.get(bundle.name):
                found.problems.append(
                    f"The bundle {bundle.name} in {path} is not used, since {other.path} has the same name; remove one."
                )
                continue
            in_this_folder[bundle.name] = bundle
        for name, bundle in in_this_folder.items():
            found.bundles.setdefault(name, bundle)
    return found


def read_bundle(path: Path) -> Bundle:
    """Read and validate one bundle's metadata.

    Raises:
        BundleError: the metadata are missing, no JSON, or not as Resources/Schemas/bundle-metadata.schema.json wants.
    """
    file = _inside(path, METADATA)
    try:
        metadata = json.loads(file.read_bytes())
    except OSError as error:
        raise BundleError(
            f"The bundle in {path} has no readable {METADATA} ({error.strerror}); install the bundle again."
        ) from error
    except ValueError as error:
        raise BundleError(f"The file {METADATA} of the bundle in {path} is no valid JSON; correct it.") from error
    require_valid_metadata(metadata, path)
    return Bundle(metadata["name"], path, metadata, bundle_sha256(metadata["weights"]))


def require_valid_metadata(metadata: Any, path: Path) -> None:
    """Raise BundleError unless ``metadata`` of the bundle in ``path`` fit the schema."""
    from jsonschema import Draft202012Validator  # lazy: it takes longer to import than the rest of this layer
    from jsonschema.exceptions import best_match

    schema = json.loads((resources_folder() / SCHEMA).read_bytes())
    problem = best_match(Draft202012Validator(schema).iter_errors(metadata))
    if problem is not None:
        place = f" at {'/'.join(map(str, problem.absolute_path))}" if problem.absolute_path else ""
        raise BundleError(
            f"The file {METADATA} of the bundle in {path} is not valid{place}: {problem.message[:LONGEST_DETAIL]}; "
            "correct it or remove the bundle."
        )


def bundle_sha256(weights: Mapping[str, str]) -> str:
    """SHA-256 over the lines ``<hash>  <path>`` of all weights, sorted by path, as ``sha256sum`` prints them."""
    lines = "".join(f"{digest}  {relative}\n" for relative, digest in sorted(weights.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def verify(bundle: Bundle) -> None:
    """Read every listed file and compare its SHA-256.

    Raises:
        BundleError: a file is missing, outside the bundle, or not what the metadata says.
    """
    for relative in bundle.metadata["weights"]:
        bundle.read(relative)


def _candidates(folder: Path) -> Iterator[Path]:
    """The folder itself when it is a bundle, else the folders in it that look like one, by name."""
    if (folder / METADATA).exists():
        yield folder
        return
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and ((path / "configs").is_dir() or (path / "models").is_dir()):
            yield path


def _inside(root: Path, relative: str) -> Path:
    """Resolve a file of a bundle; raise BundleError when it, or a link on its way, leaves the bundle."""
    path = Path(os.path.realpath(root / relative))  # Path.resolve would fail on a circle of links
    if not path.is_relative_to(os.path.realpath(root)):
        raise BundleError(f"The file {relative} of the bundle in {root} lies outside the bundle; remove the bundle.")
    return path
