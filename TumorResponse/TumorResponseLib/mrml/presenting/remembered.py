"""What was written into the scene last, so that nothing is written twice."""

from __future__ import annotations

PLAIN = (str, int, float, tuple, dict)


class Remembered:
    """The values behind each thing that was written."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[object, ...]] = {}

    def changed(self, what: str, *values: object) -> bool:
        """Whether ``what`` must be written again; its values are remembered for the next time.

        Text, numbers, tuples and dictionaries of them are compared; arrays, nodes and other objects have to be the
        very same.
        """
        last = self._last.get(what)
        self._last[what] = values
        return last is None or not all(_same(old, new) for old, new in zip(last, values, strict=True))

    def forget(self) -> None:
        """Have everything written again."""
        self._last.clear()


def _same(old: object, new: object) -> bool:
    return old is new or (isinstance(old, PLAIN) and isinstance(new, PLAIN) and old == new)
