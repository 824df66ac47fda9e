"""Resolves every name of ``slicer``, ``qt`` and ``ctk`` in the panel, and every connect string, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from Testing.panel.kinds import MODULES, Kind, WrongName, attribute, check_call, of_module, qt_named, result
from Testing.panel.standin.lookup import API, normalised, signatures

Scope = dict[str, Kind | None]
BASES = {
    "ScriptedLoadableModule": {"parent": Kind("object", "qSlicerScriptedLoadableModule")},
    "ScriptedLoadableModuleWidget": {
        "parent": Kind("object", "qSlicerScriptedLoadableModuleWidget"),
        "layout": Kind("object", "QVBoxLayout"),
    },
}
"""Slicer's base classes of a module with the attributes that they bring."""

SENDERS = ("QAction", "QDialog", "QLineEdit", "QMenu", "QProcess", "QPushButton", "QShortcut", "QTableWidget", "QTimer")
"""Classes of Qt, one of which must have a signal that is connected to an object of unknown class."""


@dataclass
class PanelClass:
    """A class of the panel: what its attributes are, and what its constructor is given."""

    parameters: list[str]
    attributes: dict[str, Kind | None]
    given: dict[str, Kind | None] = field(default_factory=dict)


class Checker:
    """Follows kinds through the panel's files."""

    def __init__(self, files: Iterable[Path], widgets: dict[str, str]) -> None:
        self._trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
        self._widgets = widgets
        self._classes = dict(_panel_classes(self._trees.values()))
        self._here = Path()
        self._problems: set[str] = set()

    def problems(self) -> list[str]:
        """Each wrong name with its file and line."""
        # What a class is given is known after its callers were read: read again until nothing new is found.
        before = None
        while before != (now := repr(self._classes)):
            before = now
            self._problems = set()
            for path, tree in self._trees.items():
                self._here = path
                own = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
                self._body(tree.body, {name: Kind("panel class", name) for name in own}, "")
        return sorted(self._problems)

    def _wrong(self, node: ast.AST, error: WrongName) -> None:
        self._problems.add(f"{self._here.name}:{getattr(node, 'lineno', 0)}: {error}")

    def _body(self, statements: Iterable[ast.AST], scope: Scope, owner: str) -> None:
        for statement in statements:
            self._statement(statement, scope, owner)

    def _statement(self, node: ast.AST, scope: Scope, owner: str) -> None:
        """One statement; ``owner`` is the panel's class around it."""
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node, scope)
            case ast.ClassDef():
                for decorator in node.decorator_list:
                    self._kind(decorator, scope)
                self._body(node.body, dict(scope), node.name)
            case ast.FunctionDef():
                self._function(node, scope, owner)
            case ast.Assign() | ast.AnnAssign():
                self._assignment(node, scope)
            case ast.For(target=ast.Name(id=name), iter=ast.Tuple(elts=items)):
                for item in items:
                    self._body(node.body, {**scope, name: self._kind(item, scope)}, owner)
            case ast.expr():
                self._kind(node, scope)
            case _:
                self._body(ast.iter_child_nodes(node), scope, owner)

    def _assignment(self, node: ast.Assign | ast.AnnAssign, scope: Scope) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=False):
                    self._assign(target, self._kind(value, scope), scope)
            case ast.Assign(targets=targets, value=value):
                kind = self._kind(value, scope)
                for target in targets:
                    self._assign(target, kind, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self._kind(value, scope), scope)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            if isinstance(node, ast.Import):
                if alias.name in MODULES:
                    scope[name] = Kind("module", alias.name)
            elif alias.name in self._classes:
                scope[name] = Kind("panel class", alias.name)
            elif node.module is not None and node.module.partition(".")[0] in MODULES:
                try:
                    scope[name] = of_module(node.module, alias.name)
                except WrongName as error:
                    self._wrong(node, error)

    def _function(self, node: ast.FunctionDef, scope: Scope, owner: str) -> None:
        for decorator in node.decorator_list:
            self._kind(decorator, scope)
        inner: Scope = {**scope, **dict.fromkeys(_parameters(node.args))}
        if owner in self._classes and _parameters(node.args)[:1] == ["self"]:
            inner["self"] = Kind("panel object", owner)
            if node.name == "__init__":
                inner.update(self._classes[owner].given)
        self._body(node.body, inner, owner)

    def _assign(self, target: ast.expr, kind: Kind | None, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope[target.id] = kind
        elif isinstance(target, ast.Attribute):
            base = self._kind(target.value, scope)
            if base is not None and base.what == "panel object":
                attributes = self._classes[base.name].attributes
                attributes[target.attr] = kind or attributes.get(target.attr)
            elif base is not None and base.what == "object" and base.name not in API.document["vtk"]:
                self._set(target, base)
        elif isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                self._assign(item, None, scope)

    def _set(self, target: ast.Attribute, base: Kind) -> None:
        """An attribute of a Qt object is assigned."""
        found = self._attribute(target, base)
        if found is not None and found.what != "property":
            self._wrong(target, WrongName(f"{base.name}.{target.attr} is a {found.what} and cannot be assigned"))
        entry = next((entry for entry in API.lineage(base.name) if target.attr in entry.properties), None)
        if entry is not None and not entry.properties[target.attr]["writable"]:
            self._wrong(target, WrongName(f"{base.name}.{target.attr} is not writable"))

    def _kind(self, node: ast.AST, scope: Scope) -> Kind | None:
        """What an expression is; names in it are checked on the way."""
        match node:
            case ast.Name(id=name):
                return scope.get(name)
            case ast.Attribute(value=value):
                base = self._kind(value, scope)
                return None if base is None else self._attribute(node, base)
            case ast.Call():
                return self._call(node, scope)
            case ast.Lambda(args=args, body=body):
                self._kind(body, {**scope, **dict.fromkeys(_parameters(args))})
                return None
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                names = [
                    item.id for part in node.generators for item in ast.walk(part.target) if isinstance(item, ast.Name)
                ]
                scope = {**scope, **dict.fromkeys(names)}
        for child in ast.iter_child_nodes(node):
            self._kind(child, scope)
        return None

    def _attribute(self, node: ast.Attribute, base: Kind) -> Kind | None:
        try:
            if base.what == "ui":
                return self._widget(node.attr)
            if base.what == "panel object":
                return self._classes[base.name].attributes.get(node.attr)
            return attribute(base, node.attr)
        except WrongName as error:
            self._wrong(node, error)
            return None

    def _widget(self, name: str) -> Kind:
        if name not in self._widgets:
            raise WrongName(f"the .ui file has no {name}")
        return Kind("object", self._widgets[name])

    def _call(self, node: ast.Call, scope: Scope) -> Kind | None:
        arguments = [self._kind(argument, scope) for argument in node.args]
        named = {item.arg: self._kind(item.value, scope) for item in node.keywords if item.arg is not None}
        sender = self._kind(node.func.value, scope) if isinstance(node.func, ast.Attribute) else None
        if isinstance(node.func, ast.Attribute) and node.func.attr == "connect":
            self._connect(node, sender)
        function = self._kind(node.func, scope)
        if function is None:
            return None
        if function.what == "panel class":
            self._give(self._classes[function.name], arguments, named)
            return Kind("panel object", function.name)
        try:
            hidden = any(isinstance(argument, ast.Starred) for argument in node.args)
            check_call(function, None if hidden else len(arguments), set(named))
        except WrongName as error:
            self._wrong(node, error)
        return result(function)

    def _give(self, cls: PanelClass, arguments: list[Kind | None], named: dict[str, Kind | None]) -> None:
        """Remember what a constructor is given, where that is known."""
        both = {**dict(zip(cls.parameters, arguments, strict=False)), **named}
        cls.given.update({name: kind for name, kind in both.items() if kind is not None})

    def _connect(self, node: ast.Call, sender: Kind | None) -> None:
        """A connect string must be a signal of the sender; of any class known here when the sender is not known."""
        if not node.args or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
            return
        signal = normalised(node.args[0].value)
        name = signal.partition("(")[0]
        is_known = sender is not None and sender.what == "object"
        senders = [sender.name] if is_known and sender is not None else [*API.classes, *SENDERS]
        bases = {owner: qt_named(API.qt_base(owner)) for owner in senders}
        if not any(base is not None and signal in signatures(owner, base, name) for owner, base in bases.items()):
            who = senders[0] if is_known else "whatever this is, it"
            self._wrong(node, WrongName(f"{who} has no signal {signal}"))


def _parameters(arguments: ast.arguments) -> list[str]:
    """Names of a function's parameters, without ``*`` and ``**``."""
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _panel_classes(trees: Iterable[ast.Module]) -> Iterator[tuple[str, PanelClass]]:
    """The classes that the panel's files define."""
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                methods = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
                parameters = _parameters(methods[0].args)[1:] if methods else []
                attributes: dict[str, Kind | None] = {}
                for base in node.bases:
                    attributes |= BASES.get(base.id, {}) if isinstance(base, ast.Name) else {}
                yield node.name, PanelClass(parameters, attributes)


def panel_files(repository: Path) -> list[Path]:
    """The module file and the panel's package."""
    folder = repository / "TumorResponse"
    return [folder / "TumorResponse.py", *sorted((folder / "TumorResponseLib/panel").glob("*.py"))]
