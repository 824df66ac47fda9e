"""Synthetic readings: an ultrasound-like picture, and an oblique anisotropic volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.image import Frame, Image, MaskArray, Spacing
from TumorResponseLib.core.measure import measure_regions
from TumorResponseLib.core.rings import make_rings
from TumorResponseLib.mrml.content import SceneContent
from TumorResponseLib.mrml.nodes import node_of_role
from TumorResponseLib.mrml.volumes import place_voxels
from TumorResponseLib.predict.system import Prediction
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource

STATE = '{"version": 1, "study": "größer <&> 3 mm ✓"}'
PREDICTION = Prediction(
    system="dlrs3",
    bundle="dlrs3",
    bundle_sha256="ab" * 32,
    endpoint="pathological complete response",
    classes=("no response", "response"),
    probabilities=(0.3, 0.7),
    interval=(0.55, 0.8),
    interval_level=0.9,
    decision="response",
    in_distribution=True,
    distance=1.0,
    distance_limit=2.0,
    evidence="virtual cohort",
)


def ellipse(shape: tuple[int, ...], radii: tuple[float, ...], shift: tuple[int, ...] | None = None) -> MaskArray:
    """A filled ellipse or ellipsoid with radii in voxels, off the image's middle by ``shift``."""
    centre = [size // 2 + by for size, by in zip(shape, shift or (0,) * len(shape), strict=True)]
    axes = zip(np.indices(shape), centre, radii, strict=True)
    inside: MaskArray = sum(((axis - at) / radius) ** 2 for axis, at, radius in axes) <= 1.0
    return inside


def picture(spacing_mm: float | None = 0.2) -> tuple[Image, MaskArray]:
    """A dark lesion in speckle, 180 rows and 240 columns."""
    shape = (180, 240)
    tumour = ellipse(shape, (34, 48), (-12, 14))
    speckle = gaussian_filter(np.random.default_rng(3).standard_normal(shape), (1.0, 1.8))
    tissue = np.where(gaussian_filter(tumour.astype(float), 2.0) > 0.5, 60.0, 150.0)
    pixels = np.clip(tissue + 90.0 * speckle, 0, 255).astype(np.uint8)
    return Image(pixels, Spacing((spacing_mm,) * 2, "test") if spacing_mm else None, modality="US"), tumour


def oblique() -> tuple[Image, MaskArray]:
    """A rotated volume of 9 x 40 x 50 voxels with three different spacings."""
    shape = (9, 40, 50)
    rotation = Rotation.from_euler("xyz", (20.0, -35.0, 10.0), degrees=True).as_matrix()
    frame = Frame((-31.5, 12.25, 107.0), tuple(map(tuple, rotation.tolist())), "1.2.826.0.1")
    pixels = np.random.default_rng(4).integers(-500, 1500, shape, dtype=np.int16)
    return Image(pixels, Spacing((3.0, 0.7, 0.6), "test"), frame, "CT"), ellipse(shape, (2.2, 8, 11), (1, -3, 5))


def reading(image: Image, tumour: MaskArray, radii: tuple[float, ...] = (3.0, 5.0, 10.0)) -> SceneContent:
    """All that a reading of the image can hold."""
    rings = make_rings(tumour, image.spacing_mm, radii)
    smooth = gaussian_filter(tumour.astype(np.float32), 4.0)
    shares = {name: 1.0 / len(rings.names) for name in rings.names} | {"outside": 0.0}
    return SceneContent(
        name="case",
        image=image,
        tumour=tumour,
        mask_source=MaskSource(MaskOrigin.CORRECTED, bundle="breast-us-segmentation"),
        rings=rings,
        measurements=tuple(measure_regions(rings, image.spacing_mm)),
        predictions=(PREDICTION,),
        saliency={"margin3": smooth**2, "fused": smooth / smooth.max()},
        shares={"fused": shares},
        state_json=STATE,
    )


def users_volume(scene: vtkMRMLScene, image: Image) -> vtkMRMLScalarVolumeNode:
    """The image as the user loads it into Slicer: a node without attributes of ours; 2-D slices are 3 mm thick."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "loaded by Slicer")
    assert isinstance(node, vtkMRMLScalarVolumeNode)
    place_voxels(node, image.pixels, image)
    if image.pixels.ndim == 2:
        node.SetSpacing(*node.GetSpacing()[:2], 3.0)
    return node


def node_in(scene: vtkMRMLScene, role: str) -> Any:
    """The node that plays a role, which must be there."""
    node = node_of_role(scene, role)
    assert node is not None
    return node
