"""A browser that leaves while it is being answered, which is no error."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

ANSWERING = "wslink.protocol"
HEADLINE = "Exception raised"
"""What wslink logs before the exception itself; it says nothing of its own."""


def keep_quiet_about_departures() -> None:
    """Have neither the running loop nor wslink report that a connection closed under an answer."""
    asyncio.get_running_loop().set_exception_handler(_handle)
    logging.getLogger(ANSWERING).addFilter(_is_worth_telling)


def _handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), ConnectionResetError):
        loop.default_exception_handler(context)


def _is_worth_telling(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return message != HEADLINE and "ClientConnectionResetError" not in message
