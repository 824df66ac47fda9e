"""Prints constraints.txt: the exact version of everything that the project needs, as installed in this environment.

python tools/constraints.py > constraints.txt
"""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
HEADER = """\
# Exact versions of everything that the extras viewer, research and test need; written by `make constraints`.
# All of them have wheels for Python 3.11 and 3.12.
"""


def declared_requirements(extras: tuple[str, ...]) -> list[Requirement]:
    """The project's own requirements with those of the extras."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


def installed_versions(requirements: list[Requirement]) -> dict[str, str]:
    """Name and installed version of each requirement and of all that it needs in turn.

    Raises:
        importlib.metadata.PackageNotFoundError: a requirement is not installed here.
    """
    versions: dict[str, str] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in visited:
            continue
        visited.add((name, frozenset(requirement.extras)))
        package = distribution(name)
        versions[name] = Version(package.version).public  # without a local part such as torch's +cpu
        for needed in map(Requirement, package.requires or []):
            if applies(needed, requirement.extras):
                waiting.append(needed)
    return versions


def applies(requirement: Requirement, extras: set[str]) -> bool:
    """Whether a requirement holds on this machine for a package asked for with these extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def main() -> None:
    """Write the file's text to the standard output."""
    versions = installed_versions(declared_requirements(("viewer", "research", "test")))
    versions["onnxruntime-gpu"] = versions["onnxruntime"]  # one of the two is installed, at the same version
    print(HEADER + "\n".join(f"{name}=={versions[name]}" for name in sorted(versions)))


if __name__ == "__main__":
    main()
