"""A report page taken apart."""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

VOID = {"meta", "img", "rect", "br", "link", "input"}


class Page(HTMLParser):
    """The page's visible text, its images, and whether its tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def decode(uri: str) -> NDArray[np.uint8]:
    """The pixels of a picture on a page."""
    return np.asarray(PillowImage.open(BytesIO(base64.b64decode(uri.partition(",")[2]))))
