"""The ratios of design.md's table, each measured side by side in one run: ``python -m Testing.benchmarks.bench``.

Each module that defines ``rows() -> list[Row]`` adds its rows to the table.
"""
