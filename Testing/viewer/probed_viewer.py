"""The viewer with one more address, ``/probe``, at which a test reads the scene and the desk: run it with ``-m``."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from TumorResponseLib.mrml.nodes import nodes_of_class
from TumorResponseLib.mrml.segmentations import read_tumour
from TumorResponseLib.viewer.app import Viewer
from TumorResponseLib.viewer.offscreen import as_array
from TumorResponseLib.viewer.server import run_viewer

if TYPE_CHECKING:
    from aiohttp.web import Request, RouteDef, StreamResponse

SLICE_VIEW = "Red"


def probe(viewer: Viewer) -> dict[str, Any]:
    """The scene and the desk as JSON values."""
    return {"scene": scene_facts(viewer), "desk": desk_facts(viewer)}


def scene_facts(viewer: Viewer) -> dict[str, Any]:
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    presenter = viewer.presenter
    volume_node, tumour_node, rings_node = presenter.volume_node, presenter.tumour_node, presenter.rings_node
    if volume_node is None:
        return {"image": None}
    ijk_to_ras = vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(ijk_to_ras)
    slice_node = viewer.scene.GetSingletonNode(SLICE_VIEW, "vtkMRMLSliceNode")
    layers = viewer.scene.GetSingletonNode(SLICE_VIEW, "vtkMRMLSliceCompositeNode")
    display = volume_node.GetDisplayNode()
    mask = None if tumour_node is None else read_tumour(tumour_node, volume_node)
    foreground = viewer.scene.GetNodeByID(layers.GetForegroundVolumeID() or "none")
    line = presenter.diameter_lines()
    return {
        "image": list(volume_node.GetImageData().GetDimensions()),
        "ijk_to_ras": as_array(ijk_to_ras).tolist(),
        "xy_to_ras": as_array(slice_node.GetXYToRAS()).tolist(),
        "window": [display.GetWindow(), display.GetLevel()],
        "mask": None if mask is None else base64.b64encode(np.packbits(mask).tobytes()).decode(),
        "mask_shape": None if mask is None else list(mask.shape),
        "voxels": None if mask is None else int(mask.sum()),
        "rings": []
        if rings_node is None
        else [
            rings_node.GetSegmentation().GetNthSegment(i).GetName()
            for i in range(rings_node.GetSegmentation().GetNumberOfSegments())
        ],
        "ring_voxels": {}
        if rings_node is None
        else {
            name: int(read_tumour(rings_node, volume_node, name).sum())
            for name in rings_node.GetSegmentation().GetSegmentIDs()
        },
        "rings_visible": rings_node is not None and bool(rings_node.GetDisplayNode().GetVisibility()),
        "background": viewer.scene.GetNodeByID(layers.GetBackgroundVolumeID() or "none").GetName(),
        "frame": presenter.frame,
        "foreground": None if foreground is None else foreground.GetName(),
        "foreground_opacity": layers.GetForegroundOpacity(),
        "diameters": [line.long_mm, line.short_mm],
        "shown_views": [
            node.GetSingletonTag()
            for node in nodes_of_class(viewer.scene, "vtkMRMLSliceNode")
            if node.IsMappedInLayout()
        ],
    }


def desk_facts(viewer: Viewer) -> dict[str, Any]:
    desk = viewer.desk
    entry, reading = desk.entry, desk.reading
    outputs = [] if reading is None else list(reading.found.outputs.values())
    return {
        "number": None if entry is None else entry.number,
        "status": None if entry is None else entry.status.value,
        "comment": None if entry is None else entry.comment,
        "statuses": [each.status.value for each in desk.entries()],
        "probability": outputs[0].prediction.probabilities[-1] if outputs else None,
        "spacing": None
        if reading is None or reading.found.image is None or reading.found.image.spacing is None
        else list(reading.found.image.spacing.mm),
        "laboratory": {} if reading is None or reading.found.study is None else reading.found.study.laboratory,
        "radii": list(desk.radii_mm),
        "limits": {} if reading is None else {name: int(mask.sum()) for name, mask in reading.limits.items()},
        "ring_display": desk.display.ring_display,
    }


def probe_routes(viewer: Viewer) -> Sequence[RouteDef]:
    from aiohttp import web

    async def answer(_: Request) -> StreamResponse:
        return web.json_response(probe(viewer))

    return [web.get("/probe", answer)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("studies", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    run_viewer(
        options.studies,
        options.out,
        device="cpu",
        tell=lambda url: print(f"The viewer is at {url}", flush=True),
        more_routes=probe_routes,
    )


if __name__ == "__main__":
    main()
