"""The stand-in's widgets behave as Slicer's do, and offer nothing that Slicer has not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from Testing.panel.standin.window import Standin

UI = """<ui version="4.0"><widget class="qMRMLWidget" name="top"><layout class="QVBoxLayout" name="l">
<item><widget class="{widget}" name="box"><property name="{name}"><bool>true</bool></property></widget></item>
</layout></widget><connections><connection><sender>top</sender><signal>{signal}</signal><receiver>box</receiver>
<slot>{slot}</slot></connection></connections></ui>"""
RIGHT = {
    "widget": "qMRMLNodeComboBox",
    "name": "noneEnabled",
    "signal": "mrmlSceneChanged(vtkMRMLScene*)",
    "slot": "setMRMLScene(vtkMRMLScene*)",
}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"widget": "qMRMLNodesComboBox"}, ValueError),
        ({"widget": "qMRMLCheckableNodeComboBox"}, NotImplementedError),
        ({"name": "nonesEnabled"}, ValueError),
        ({"name": "editEnabled"}, NotImplementedError),
        ({"signal": "sceneChanged()"}, ValueError),
        ({"slot": "setScene()"}, ValueError),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else value.__name__,
)
def test_a_faulty_ui_file_is_refused(
    wrong: dict[str, str], error: type[Exception], slicer_window: Standin, tmp_path: Path
) -> None:
    import slicer

    path = tmp_path / "a.ui"
    path.write_text(UI.format(**{**RIGHT, **wrong}), encoding="utf-8")
    with pytest.raises(error):
        slicer.util.loadUI(path)


def test_a_ui_file_hands_its_scene_on(slicer_window: Standin, tmp_path: Path) -> None:
    import slicer

    path = tmp_path / "a.ui"
    path.write_text(UI.format(**RIGHT), encoding="utf-8")
    top = slicer.util.loadUI(path)
    box = slicer.util.childWidgetVariables(top).box
    box.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    top.setMRMLScene(slicer.mrmlScene)
    box.setCurrentNode(volume)
    assert box.currentNode() is volume


def test_node_selector_follows_its_scene(slicer_window: Standin) -> None:
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.noneEnabled = True
    seen: list[Any] = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", seen.append)
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "breast")
    selector.setCurrentNode(volume)
    assert selector.currentNode() is None, "without a scene a selector stays empty"
    selector.setMRMLScene(slicer.mrmlScene)
    selector.setCurrentNode(volume)
    assert selector.currentNode() is volume
    slicer.mrmlScene.RemoveNode(volume)
    assert seen == [volume, None]


def test_segment_editor_needs_its_own_node(slicer_window: Standin) -> None:
    import slicer

    editor = slicer.qMRMLSegmentEditorWidget()
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    editor.setSegmentationNode(segmentation)
    assert editor.segmentationNode() is None
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setSegmentationNode(segmentation)
    assert editor.segmentationNode() is segmentation


def test_layout_and_views_are_slicers(slicer_window: Standin) -> None:
    import slicer

    manager = slicer.app.layoutManager()
    assert tuple(manager.sliceViewNames()) == ("Red", "Green", "Yellow")
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    slicer.util.setSliceViewerLayers(background=volume)
    assert manager.sliceWidget("Red").mrmlSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    slicer.mrmlScene.Clear()
    assert manager.sliceWidget("Red").mrmlSliceNode().GetScene() is slicer.mrmlScene


def standin_classes() -> Iterator[type]:
    """Every class that stands for one of CTK or Slicer."""
    pytest.importorskip("PySide6", reason="PySide6-Essentials is not installed; install the test extra.")
    pytest.importorskip("slicer", reason="slicer-core is not installed; install the viewer extra.")
    from Testing.panel.standin import application, ctk_widgets, mrml_widgets, scripted, segment_editor
    from Testing.panel.standin.lookup import API

    for module in (application, ctk_widgets, mrml_widgets, scripted, segment_editor):
        yield from (cls for name, cls in vars(module).items() if isinstance(cls, type) and name in API.classes)


def test_classes_are_built_on_the_same_class_of_qt() -> None:
    from Testing.panel.standin.lookup import API, qt_class

    built = {cls.__name__: qt_class(cls).__name__ for cls in standin_classes()}
    assert len(built) > 8
    assert built == {name: API.qt_base(name) for name in built}


def test_signals_properties_and_methods_are_those_of_slicer() -> None:
    from Testing.panel.standin.api import argument_types
    from Testing.panel.standin.lookup import API

    wrong = []
    for cls in standin_classes():
        meta: Any = cls.staticMetaObject  # type: ignore[attr-defined]
        own = [meta.method(index) for index in range(meta.methodOffset(), meta.methodCount())]
        sent = {item.methodSignature().toStdString() for item in own if item.methodType().name == "Signal"}
        for entry in API.lineage(cls.__name__):
            known = {text.replace("vtkMRMLNode*", "PyObject") for texts in entry.signals.values() for text in texts}
            known = {text.replace("vtkMRMLScene*", "PyObject") for text in known}
            sent -= known
            for name in entry.properties.keys() & vars(cls).keys():
                kind = meta.property(meta.indexOfProperty(name)).typeName()
                if kind != entry.properties[name]["type"]:
                    wrong.append(f"{cls.__name__}.{name} is {kind}")
            for name in (entry.methods.keys() - entry.properties.keys()) & vars(cls).keys():
                takes = {len(argument_types(text)) for text in entry.methods[name]}
                if not any(_can_take(getattr(cls, name), count) for count in takes):
                    wrong.append(f"{cls.__name__}.{name} takes none of {takes} arguments")
        wrong += [f"{cls.__name__} sends {text}" for text in sent]
    assert not wrong


def _can_take(function: Callable[..., Any], count: int) -> bool:
    """Whether a method can be called with so many arguments besides ``self``."""
    try:
        inspect.signature(function).bind(*range(count + 1))
    except TypeError:
        return False
    return True
