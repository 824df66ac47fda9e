"""What the worker's client carries, without knowing what is in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from TumorResponseLib.worker.messages import Message, Packer, Unpacker


class Outcome(StrEnum):
    """How a request ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class End:
    """The end of a request; ``sentence`` says for the user why it FAILED."""

    outcome: Outcome
    sentence: str = ""


class Request(ABC):
    """Something that the worker is asked for."""

    @property
    @abstractmethod
    def owner(self) -> object:
        """Whose requests are cancelled together."""

    @property
    @abstractmethod
    def ahead(self) -> bool:
        """Whether it can wait until nobody waits for anything else."""

    @abstractmethod
    def message(self, packer: Packer, life: int) -> Message:
        """What to send, asked for when the worker is free.

        Args:
            packer: for the arrays.
            life: number of the worker's life; one of another number knows nothing of this one.
        """

    @abstractmethod
    def told(self, event: Message, unpacker: Unpacker) -> None:
        """Take what the worker says of it on the way; raises MessageError when that is no such thing."""

    @abstractmethod
    def ended(self, end: End) -> None:
        """Take the end; nothing follows."""
