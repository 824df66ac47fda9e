"""The stand-in behaves as PythonQt does, also where PySide6 is kinder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from Testing.panel.standin.window import Standin


def test_properties_are_attributes(slicer_window: Standin) -> None:
    import qt

    button = qt.QPushButton("Read")
    assert button.text == "Read"
    button.text, button.checkable, button.checked = "Stop", True, True
    assert (button.text, button.checked, button.name) == ("Stop", True, "")
    with pytest.raises(TypeError):
        button.text()
    with pytest.raises(AttributeError, match="isChecked"):
        button.isChecked()
    with pytest.raises(AttributeError, match="myData"):
        button.myData = 1
    with pytest.raises(AttributeError, match="it is a method"):
        button.click = print
    button.setProperty("myData", 1)
    assert button.property("myData") == 1


def test_enums_are_ints_by_their_short_names(slicer_window: Standin) -> None:
    import qt

    label = qt.QLabel("x")
    label.setAlignment(qt.Qt.AlignRight | qt.Qt.AlignTop)
    assert label.alignment == qt.Qt.AlignRight | qt.Qt.AlignTop == 0x22
    with pytest.raises(AttributeError):
        qt.Qt.AlignmentFlag  # noqa: B018
    with pytest.raises(AttributeError):
        qt.NoSuchClass  # noqa: B018


def test_only_what_python_may_call(slicer_window: Standin) -> None:
    import ctk
    import slicer

    slider = ctk.ctkSliderWidget()
    slider.maximum = 3
    slider.setValue(9)
    assert slider.value == 3
    with pytest.raises(AttributeError, match="only C"):
        slider.setMinimum(1)
    with pytest.raises(ValueError, match="2 arguments"):
        slider.setValue(1, 2)
    with pytest.raises(NotImplementedError, match=r"ctkSliderWidget\.tickInterval"):
        slider.tickInterval  # noqa: B018
    with pytest.raises(AttributeError, match="setLayuot"):
        slicer.app.layoutManager().setLayuot(3)


def test_arguments_are_trimmed_as_pythonqt_does(slicer_window: Standin) -> None:
    import qt

    class Receiver:
        def bound(self, checked: bool) -> None:
            seen.append(("bound", checked))

    def keep(name: str, *arguments: Any) -> None:
        seen.append((name, *arguments))

    seen: list[Any] = []
    button = qt.QPushButton()
    assert button.connect("clicked(bool)", lambda: seen.append("none"))
    assert button.connect("clicked( bool )", Receiver().bound)
    assert button.connect("clicked(bool)", lambda name="lost": seen.append(name))
    assert button.connect("clicked()", lambda name="kept": seen.append(name))
    assert button.connect("clicked(bool)", partial(keep, "partial"))
    assert button.clicked.connect(lambda checked: seen.append(checked))
    button.click()
    assert seen == ["none", ("bound", False), False, "kept", ("partial", False), False]


def test_a_deleted_object_says_so(slicer_window: Standin) -> None:
    import qt

    label = qt.QLabel("x")
    label.deleteLater()
    slicer_window.behind.sendPostedEvents(None, 52)  # QEvent::DeferredDelete
    with pytest.raises(ValueError, match="deleted QLabel"):
        label.text  # noqa: B018


def test_dialogs_and_questions_are_answered_by_the_test(slicer_window: Standin) -> None:
    import ctk
    import qt
    import slicer

    slicer_window.choose("/a.png")
    assert qt.QFileDialog.getOpenFileName(None, "Open") == "/a.png"
    slicer_window.choose("/out")
    folder = ctk.ctkDirectoryButton()
    assert (folder.browse(), folder.directory) == ("/out", "/out")
    for agreed in (True, False):
        slicer_window.answer(agreed)
        assert slicer.util.confirmOkCancelDisplay("Go on?") is agreed
    with pytest.raises(AssertionError, match="Go on"):
        slicer.util.confirmYesNoDisplay("Go on?")
    slicer.util.errorDisplay("No image.")
    assert slicer_window.shown[-1] == ("message", "No image.")


def test_settings_begin_empty(slicer_window: Standin) -> None:
    import qt
    from slicer.util import settingsValue, toBool

    assert settingsValue("TumorResponse/Key", False, converter=toBool) is False
    qt.QSettings().setValue("TumorResponse/Key", True)
    assert settingsValue("TumorResponse/Key", False, converter=toBool) is True


def wrong_signal() -> None:
    import qt

    assert not qt.QPushButton().connect("pressd()", print)


def missing(*arguments: Any) -> None:
    raise KeyError("missing")


def raising_slot() -> None:
    import qt

    button = qt.QPushButton()
    button.connect("clicked()", missing)
    button.click()


def raising_timer() -> None:
    import qt

    qt.QTimer.singleShot(0, missing)


def raising_observer() -> None:
    import slicer

    slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, missing)
    slicer.mrmlScene.Clear()


@pytest.mark.parametrize(
    ("act", "told"),
    [(wrong_signal, "pressd"), (raising_slot, "missing"), (raising_timer, "missing"), (raising_observer, "missing")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_nobody_catches_fails_the_test(
    act: Callable[[], None], told: str, application: Any, tmp_path: Path
) -> None:
    from Testing.panel.standin.window import open_window

    window = open_window(application, tmp_path)
    next(window)
    act()
    with pytest.raises(AssertionError, match=told):
        next(window)
