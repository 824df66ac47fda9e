"""Widgets of CTK, as far as the panel uses them."""

from __future__ import annotations

from PySide6.QtCore import Property, QSize, Qt, Slot
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

HEADER = 24


class ctkCollapsibleButton(QAbstractButton):
    """A section under a header; a click on the header hides the section."""

    contentsCollapsed = QtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, HEADER, 0, 0)
        self._hidden: list[QWidget] = []
        self.toggled.connect(self._show_contents)

    def _collapsed(self) -> bool:
        return not self.isChecked()

    def _set_collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = Property(bool, _collapsed, _set_collapsed, notify=contentsCollapsed)

    def _show_contents(self, shown: bool) -> None:
        children = [child for child in self.children() if isinstance(child, QWidget)]
        if shown:
            for child in self._hidden:
                child.show()
            self._hidden = []
        else:
            self._hidden = [child for child in children if not child.isHidden()]
            for child in self._hidden:
                child.hide()
        self.setMaximumHeight(16777215 if shown else HEADER)
        self.updateGeometry()
        self.contentsCollapsed.emit(not shown)

    def sizeHint(self) -> QSize:
        """The header, and the contents when they are shown."""
        layout = self.layout()
        inside = layout.totalSizeHint() if layout is not None and self.isChecked() else QSize(120, HEADER)
        return inside.expandedTo(QSize(120, HEADER))

    def minimumSizeHint(self) -> QSize:
        """As small as the layout allows."""
        layout = self.layout()
        return layout.totalMinimumSize() if layout is not None and self.isChecked() else QSize(60, HEADER)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The header."""
        option = QStyleOptionButton()
        option.initFrom(self)
        option.rect.setHeight(HEADER)
        option.text = ("▾  " if self.isChecked() else "▸  ") + self.text()
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, QPainter(self), self)


class ctkSliderWidget(QWidget):
    """A slider with a spin box beside it."""

    valueChanged = QtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QDoubleSpinBox(self)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self.setFocusProxy(self._slider)
        self._set_maximum(100.0)
        self._box.valueChanged.connect(self._box_moved)
        self._slider.valueChanged.connect(self._slider_moved)

    def _box_moved(self, value: float) -> None:
        self._place_slider()
        self.valueChanged.emit(value)

    def _slider_moved(self, step: int) -> None:
        self._box.setValue(self._box.minimum() + step * self._box.singleStep())

    def _place_slider(self) -> None:
        before = self._slider.blockSignals(True)
        steps = (self._box.maximum() - self._box.minimum()) / self._box.singleStep()
        self._slider.setRange(0, round(steps))
        self._slider.setValue(round((self._box.value() - self._box.minimum()) / self._box.singleStep()))
        self._slider.blockSignals(before)

    def _value(self) -> float:
        return self._box.value()

    @Slot(float)
    def setValue(self, value: float) -> None:
        """Move to a value, within the range."""
        self._box.setValue(value)

    def _minimum(self) -> float:
        return self._box.minimum()

    def _set_minimum(self, value: float) -> None:
        self._box.setMinimum(value)
        self._place_slider()

    def _maximum(self) -> float:
        return self._box.maximum()

    def _set_maximum(self, value: float) -> None:
        self._box.setMaximum(value)
        self._place_slider()

    def _step(self) -> float:
        return self._box.singleStep()

    def _set_step(self, value: float) -> None:
        self._box.setSingleStep(value)
        self._place_slider()

    def _decimals(self) -> int:
        return self._box.decimals()

    @Slot(int)
    def setDecimals(self, decimals: int) -> None:
        """Digits after the point."""
        self._box.setDecimals(decimals)

    def _suffix(self) -> str:
        return self._box.suffix()

    def _set_suffix(self, text: str) -> None:
        self._box.setSuffix(text)

    decimals = Property(int, _decimals, setDecimals)
    singleStep = Property(float, _step, _set_step)
    minimum = Property(float, _minimum, _set_minimum)
    maximum = Property(float, _maximum, _set_maximum)
    suffix = Property(str, _suffix, _set_suffix)
    value = Property(float, _value, setValue, notify=valueChanged)


class ctkDirectoryButton(QWidget):
    """A button that shows a folder and asks for another one."""

    directorySelected = QtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._directory = ""
        self._button = QPushButton(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._button)
        self.setFocusProxy(self._button)
        self._button.clicked.connect(self.browse)

    def _read(self) -> str:
        return self._directory

    def _write(self, directory: str) -> None:
        self._directory = directory
        self._button.setText(directory)

    directory = Property(str, _read, _write)

    def browse(self) -> str:
        """Ask for a folder."""
        if chosen := QFileDialog.getExistingDirectory(self):
            self._write(chosen)
            self.directorySelected.emit(chosen)
        return chosen
