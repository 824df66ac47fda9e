"""Who wants to know what the user does to our nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from slicer import vtkMRMLNode


class Watch:
    """Tells listeners of nodes' events, but not of those that come from our own writing."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._observed: list[tuple[vtkMRMLNode, int]] = []
        self._writing = 0

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback()`` from now on; the returned function ends that and may be called twice."""
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

    def attach(self, node: vtkMRMLNode, events: Sequence[int]) -> None:
        """Observe a node, besides those observed already."""
        self._observed += [(node, node.AddObserver(event, self._tell)) for event in events]

    def detach(self) -> None:
        """Observe no node any more; the listeners stay for the next one."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()

    def close(self) -> None:
        """Observe nothing and tell nobody."""
        self.detach()
        self._listeners.clear()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What happens inside is ours and is not told."""
        self._writing += 1
        try:
            yield
        finally:
            self._writing -= 1

    def _tell(self, caller: Any, event: str) -> None:
        if not self._writing:
            for listener in tuple(self._listeners):
                listener()
