"""Between a session's reading and a scene."""

from __future__ import annotations

import json
from collections.abc import Mapping

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene

from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.core.image import Image
from TumorResponseLib.core.study import CINE_ROLE, SINGLE_IMAGE_ROLE, Study
from TumorResponseLib.mrml.cine import cine_in
from TumorResponseLib.mrml.companions import STUDY_ROLE, companions_in
from TumorResponseLib.mrml.content import SceneContent
from TumorResponseLib.mrml.nodes import node_of_role
from TumorResponseLib.mrml.segmentations import TUMOUR_ROLE, read_tumour
from TumorResponseLib.mrml.state import read_state
from TumorResponseLib.mrml.volumes import IMAGE_ROLE, image_of
from TumorResponseLib.predict.system import System
from TumorResponseLib.session.findings import Findings
from TumorResponseLib.session.mask_source import MaskOrigin, MaskSource
from TumorResponseLib.session.reading import Models, Reading
from TumorResponseLib.session.saved_state import from_json, to_json
from TumorResponseLib.session.steps import Step


def content_of(reading: Reading) -> SceneContent:
    """What is READY in a reading; results that are stale or failed stay out of the scene.

    Raises:
        UsageError: no study is open.
    """
    found = reading.found
    if found.study is None or found.image is None:
        raise UsageError("There is no scene without a study; open one first.")
    has_mask = found.tumour_found and reading.is_ready(Step.MASK)
    has_rings = has_mask and reading.is_ready(Step.RINGS)
    has_saliency = has_mask and reading.is_ready(Step.SALIENCY)
    outputs = found.outputs.values() if reading.is_ready(Step.PREDICTION) else ()
    return SceneContent(
        name=found.study.name,
        image=found.image,
        tumour=found.mask if has_mask else None,
        mask_source=found.mask_source or MaskSource(MaskOrigin.MANUAL),
        rings=found.rings if has_rings else None,
        measurements=found.measurements if has_rings else (),
        predictions=tuple(output.prediction for output in outputs),
        saliency=dict(found.saliency) if has_saliency else {},
        overlays=found.overlays if has_saliency else {},
        shares=dict(found.shares) if has_saliency else {},
        exhibits=dict(found.exhibits) if has_saliency else {},
        view=reading.view,
        role=next((role for role, image in found.study.images.items() if image is found.image), SINGLE_IMAGE_ROLE),
        cine=cine_of(found),
        companions=companions_of(found),
        state_json=json.dumps(to_json(reading), ensure_ascii=False, allow_nan=False),
    )


def cine_of(found: Findings) -> Image | None:
    """The whole cine that the image is a frame of; None where it is none."""
    cine = found.study.images.get(CINE_ROLE) if found.study else None
    is_behind = cine is not None and cine.is_cine and found.image is not None and not found.image.is_cine
    return cine if is_behind else None


def companions_of(found: Findings) -> dict[str, Image]:
    """The study's images beside the one that is read and its cine."""
    images = found.study.images if found.study else {}
    return {role: image for role, image in images.items() if image is not found.image and not image.is_cine}


def reading_in(scene: vtkMRMLScene, models: Models, systems: Mapping[str, System]) -> Reading:
    """The reading that ``write_reading`` left in a scene, with the tumour's segment as it stands now.

    Args:
        scene: from ``open_scene``, or Slicer's own.
        models: as for ``Reading``.
        systems: as for ``Reading``.

    Raises:
        StudyError: the scene holds no reading, or one of another version.
        MaskError: the tumour's segment is gone.
        UsageError: a system that was asked for then is not here now.
    """
    document = json.loads(read_state(scene))
    volume_node = node_of_role(scene, IMAGE_ROLE)
    if volume_node is None:
        raise StudyError("The scene holds a reading without its image; open the study itself.")
    tumour_node = node_of_role(scene, TUMOUR_ROLE)
    tumour = None if tumour_node is None else read_tumour(tumour_node, volume_node)
    study = Study(volume_node.GetName(), _images_in(scene, volume_node))
    return from_json(document, models, systems, study, tumour)


def _images_in(scene: vtkMRMLScene, volume_node: vtkMRMLScalarVolumeNode) -> dict[str, Image]:
    """The study's images: the one that is read, with the cine that it is a frame of, and its companions."""
    image = image_of(volume_node)
    cine = cine_in(scene, image)
    return {
        volume_node.GetAttribute(STUDY_ROLE) or SINGLE_IMAGE_ROLE: image,
        **({} if cine is None else {CINE_ROLE: cine}),
        **{role: image_of(node) for role, node in companions_in(scene).items()},
    }
