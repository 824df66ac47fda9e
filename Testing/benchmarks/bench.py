"""``make bench``: prints every row of the benchmark table that can be measured here."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules

from rich.console import Console
from rich.table import Table

from Testing import benchmarks
from Testing.benchmarks.row import Row
from TumorResponseLib.core.errors import TumorResponseError

VERDICT = {True: "[green]reached[/]", False: "[red]missed[/]", None: ""}


def main(names: list[str]) -> int:
    """Measure the named modules, or all; returns 1 when a target is missed."""
    console = Console()
    table = Table("what", "measured", "target", "", "how", title="TumorResponse benchmarks")
    table.columns[1].justify = table.columns[2].justify = "right"
    missed = False
    for name in names or module_names():
        console.print(f"measuring {name} ...", style="dim")
        try:
            measured: list[Row] = import_module(f"{benchmarks.__name__}.{name}").rows()
        except (TumorResponseError, ModuleNotFoundError) as error:  # no bundle here, or no research extra
            table.add_row(name, "-", "", "[yellow]not measured[/]", str(error))
            continue
        for row in measured:
            bound = "" if row.target is None else f"{'>=' if row.at_least else '<='} {row.target:g} {row.unit}"
            table.add_row(row.name, f"{row.value:.3g} {row.unit}", bound, VERDICT[row.reached], row.note)
            missed = missed or row.reached is False
    console.print(table)
    return 1 if missed else 0


def module_names() -> list[str]:
    """The modules of this package that measure something."""
    found = sorted(module.name for module in iter_modules(benchmarks.__path__))
    return [name for name in found if name not in ("bench", "row")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
