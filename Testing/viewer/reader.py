"""Somebody in front of the viewer: looks, clicks, draws."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from Testing.viewer.server_process import ViewerProcess
from TumorResponseLib.core.image import MaskArray

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator

PATIENCE_S = 40.0
Point = tuple[float, float]


class Reader:
    """One person with one browser.

    Attributes:
        page: Playwright's.
        errors: of the page's scripts.
    """

    def __init__(self, context: BrowserContext, viewer: ViewerProcess) -> None:
        self._context = context
        self._viewer = viewer
        self.errors: list[str] = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.page.goto(viewer.url)
        self.page.wait_for_selector("[data-testid=strip]")

    def close(self) -> None:
        """Leave."""
        self._context.close()

    # Look

    def see(self, name: str) -> Locator:
        """A part of the page by its ``data-testid``."""
        return self.page.get_by_test_id(name)

    def scene(self) -> dict[str, Any]:
        """What the scene holds."""
        return dict(self._probe()["scene"])

    def desk(self) -> dict[str, Any]:
        """What the desk says."""
        return dict(self._probe()["desk"])

    def mask(self) -> MaskArray:
        """The tumour's segment as it stands in the scene."""
        scene = self.scene()
        bits = np.unpackbits(np.frombuffer(base64.b64decode(scene["mask"]), np.uint8))
        return bits[: int(np.prod(scene["mask_shape"]))].reshape(scene["mask_shape"]).astype(bool)

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for something, without end only in appearance."""
        until = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < until, f"{what} did not come; the log says:\n{self._viewer.log}"
            self.page.wait_for_timeout(30)

    def wait_for_step(self, step: str, status: str = "ready") -> None:
        """Wait until the strip shows a status."""
        self.wait_until(lambda: self.see(f"step-{step}").get_attribute("data-status") == status, f"{step} {status}")

    def picture(self, path: Path | None = None) -> NDArray[np.uint8]:
        """The views as they are on the screen, ``(rows, columns, 3)``; the pointer is taken out of them first."""
        self.page.mouse.move(5, 895)
        self.page.wait_for_timeout(700)  # until the last frame came in full quality
        box = self._views_box()
        png = self.page.screenshot(clip={"x": box[0], "y": box[1], "width": box[2], "height": box[3]})
        if path is not None:
            self.page.screenshot(path=path)
        return np.asarray(Pillow.open(BytesIO(png)).convert("RGB"))

    def index_of_pixels(self) -> NDArray[np.float64]:
        """Row and column of the image ``(2, rows, columns)`` at every pixel of ``picture``, of a still."""
        _, _, width, height = self._views_box()
        rows, columns = np.mgrid[: int(height), : int(width)]
        scene = self.scene()
        xy = np.stack([columns, height - 1 - rows, 0 * rows, 0 * rows + 1]).reshape(4, -1)
        ijk = np.linalg.inv(scene["ijk_to_ras"]) @ np.array(scene["xy_to_ras"]) @ xy
        return ijk[1::-1].reshape(2, int(height), int(width))

    # Act

    def press(self, name: str) -> None:
        """Click a part of the page by its ``data-testid``."""
        self.see(name).click()

    def drag(self, *points: Point) -> None:
        """Draw with the tool in the hand from point to point, each a row and a column of a still."""
        at = [self._on_screen(point) for point in points]
        mouse = self.page.mouse
        mouse.move(*at[0])
        self.page.wait_for_timeout(250)  # a hand rests before it draws; the brush comes to the pointer
        mouse.down()
        for start, end in pairwise(at):
            for part in np.linspace(0, 1, 7)[1:]:
                mouse.move(start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]))
                self.page.wait_for_timeout(40)  # the page drops positions that come faster than it sends them
        mouse.up()

    def click_at(self, point: Point) -> None:
        """Click on a row and column of a still."""
        x, y = self._on_screen(point)
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(250)
        self.page.mouse.click(x, y)

    def _on_screen(self, point: Point) -> Point:
        scene = self.scene()
        ras = np.array(scene["ijk_to_ras"]) @ [point[1], point[0], 0, 1]
        x, y = (np.linalg.inv(scene["xy_to_ras"]) @ ras)[:2]
        left, top, _, height = self._views_box()
        return left + x + 0.5, top + height - 0.5 - y

    def _views_box(self) -> tuple[float, float, float, float]:
        box = self.page.locator(".shell-views").bounding_box()
        assert box is not None
        return box["x"], box["y"], box["width"], box["height"]

    def _probe(self) -> dict[str, Any]:
        return dict(self.page.evaluate("fetch('/probe').then(answer => answer.json())"))
