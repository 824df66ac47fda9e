"""A cine as a sequence with its browser: one volume in the views shows the selected frame."""

from __future__ import annotations

import numpy as np
from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkSlicerSequencesLogic,
)

from TumorResponseLib.core.image import Image
from TumorResponseLib.mrml.geometry import from_vtk
from TumorResponseLib.mrml.nodes import ROLE, display_of, drop_role, ensure_node, node_of_role
from TumorResponseLib.mrml.volumes import place_voxels

SEQUENCE_ROLE = "cine"
BROWSER_ROLE = "cine-browser"
FRAME_ROLE = "cine-frame"
ROLES = (BROWSER_ROLE, SEQUENCE_ROLE, FRAME_ROLE)
SAME_TIME_S = 1e-6
"""Frames this close in time would count as one."""
SLOWEST, FASTEST = 1.0, 30.0
"""Frames a second that are played."""


def add_cine(
    scene: vtkMRMLScene, cine: Image, selected: int, name: str, still_node: vtkMRMLScalarVolumeNode
) -> vtkMRMLSequenceBrowserNode:
    """A cine as a sequence of volumes, its times in seconds as index values, and a browser with a frame selected.

    The browser shows the selected frame in a volume of its own, so that the node of the still, on which everything is
    drawn and measured, keeps its pixels. A cine that is there already is replaced.

    Args:
        scene: where they go.
        cine: ``(times, rows, columns)`` with its frame times.
        selected: index of the frame that is shown.
        name: of the study.
        still_node: the still's volume; the frames follow its transform and take its window.
    """
    for role in ROLES:
        drop_role(scene, role)
    sequence = vtkMRMLSequenceNode()  # not by its class's name, which only the sequences' logic registers
    browser = vtkMRMLSequenceBrowserNode()
    for node, role, title in ((sequence, SEQUENCE_ROLE, "cine"), (browser, BROWSER_ROLE, "cine browser")):
        scene.AddNode(node)
        node.SetAttribute(ROLE, role)
        node.SetName(f"{name} {title}")
    _fill(sequence, cine)
    frame, _ = ensure_node(scene, "vtkMRMLScalarVolumeNode", FRAME_ROLE, f"{name} frame")
    place_voxels(frame, cine.pixels[selected], cine.at_time(selected))
    frame.SetAndObserveTransformNodeID(still_node.GetTransformNodeID())
    take_window(frame, still_node)
    was_modifying = browser.StartModify()  # else Slicer makes a frame's volume of its own before ours is known
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.AddProxyNode(frame, sequence, False)
    browser.SetOverwriteProxyName(sequence, False)
    browser.SetSaveChanges(sequence, False)
    browser.SetPlaybackRateFps(_frames_a_second(cine))
    browser.EndModify(was_modifying)
    select_frame(browser, selected)
    return browser


def select_frame(browser: vtkMRMLSequenceBrowserNode, index: int) -> None:
    """Show the frame of an index, whether or not an application watches the browser."""
    browser.SetSelectedItemNumber(index)
    vtkSlicerSequencesLogic().UpdateProxyNodesFromSequences(browser)


def take_window(frame_node: vtkMRMLScalarVolumeNode, still_node: vtkMRMLScalarVolumeNode) -> None:
    """Show all frames with the still's window: one of its own for each would hide that contrast comes and goes."""
    window, still = display_of(frame_node), display_of(still_node)
    window.AutoWindowLevelOff()
    window.SetWindowLevelMinMax(still.GetWindowLevelMin(), still.GetWindowLevelMax())


def frame_node_of(scene: vtkMRMLScene) -> vtkMRMLScalarVolumeNode | None:
    """The volume that shows the selected frame, as the browser knows it; None without a cine."""
    browser, sequence = node_of_role(scene, BROWSER_ROLE), node_of_role(scene, SEQUENCE_ROLE)
    return None if browser is None or sequence is None else browser.GetProxyNode(sequence)


def cine_in(scene: vtkMRMLScene, still: Image) -> Image | None:
    """The cine that ``add_cine`` left in a scene, with the geometry of its still; None where there is none."""
    sequence = node_of_role(scene, SEQUENCE_ROLE)
    if sequence is None:
        return None
    count = sequence.GetNumberOfDataNodes()
    frames = [from_vtk(sequence.GetNthDataNode(index).GetImageData())[0] for index in range(count)]
    times = tuple(1000.0 * float(sequence.GetNthIndexValue(index)) for index in range(count))
    return Image(np.stack(frames), still.spacing, still.frame, still.modality, times, still.units)


def _fill(sequence: vtkMRMLSequenceNode, cine: Image) -> None:
    assert cine.frame_times_ms is not None
    sequence.SetIndexName("time")
    sequence.SetIndexUnit("s")
    sequence.SetIndexType(vtkMRMLSequenceNode.NumericIndex)
    sequence.SetNumericIndexValueTolerance(SAME_TIME_S)
    for index, time_ms in enumerate(cine.frame_times_ms):
        frame = vtkMRMLScalarVolumeNode()
        frame.SetAttribute(ROLE, FRAME_ROLE)  # the browser gives the shown volume the attributes of the frame
        place_voxels(frame, cine.pixels[index], cine.at_time(index))
        sequence.SetDataNodeAtValue(frame, f"{time_ms / 1000:.6f}")


def _frames_a_second(cine: Image) -> float:
    assert cine.frame_times_ms is not None
    seconds = (cine.frame_times_ms[-1] - cine.frame_times_ms[0]) / 1000
    return SLOWEST if seconds <= 0 else min(max((len(cine.frame_times_ms) - 1) / seconds, SLOWEST), FASTEST)
