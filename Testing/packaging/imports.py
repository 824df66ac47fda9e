"""Which modules a Python file imports, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "TumorResponse/TumorResponseLib"


class Import(NamedTuple):
    """One imported name.

    Attributes:
        module: dotted, with the imported name as last part for ``from package import name``.
        lazy: inside a function, so that it costs nothing until that function is called.
        line: where it stands.
    """

    module: str
    lazy: bool
    line: int

    @property
    def top(self) -> str:
        """The first part of the dotted name."""
        return self.module.partition(".")[0]

    @property
    def layer(self) -> str | None:
        """The layer of TumorResponseLib it belongs to; None for other packages."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "TumorResponseLib" and len(parts) > 1 else None


def library_files() -> list[Path]:
    """The Python files of TumorResponseLib."""
    return sorted(LIBRARY.rglob("*.py"))


def layer_of(path: Path) -> str | None:
    """The layer that a file of the library belongs to; None for the package's own ``__init__.py``."""
    parts = path.relative_to(LIBRARY).parts
    return parts[0] if len(parts) > 1 else None


def imports_of(path: Path) -> list[Import]:
    """Everything that a file imports at run time, relative imports refused."""
    return list(walk(ast.parse(path.read_text(encoding="utf-8")), lazy=False))


def walk(node: ast.AST, *, lazy: bool) -> Iterator[Import]:
    """The imports below a node; what only type checkers see counts as lazy."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, lazy, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"line {child.lineno}: imports are absolute"
            yield from (Import(f"{child.module}.{alias.name}", lazy, child.lineno) for alias in child.names)
        else:
            yield from walk(child, lazy=lazy or is_deferred(child))


def is_deferred(node: ast.AST) -> bool:
    """Whether the node's body does not run when the file is imported."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
