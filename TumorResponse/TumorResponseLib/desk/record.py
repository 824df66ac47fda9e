"""What the worklist keeps of one case, and how a reading gets it back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from TumorResponseLib.core.errors import TumorResponseError
from TumorResponseLib.core.image import MaskArray, Spacing
from TumorResponseLib.desk.history import same_mask
from TumorResponseLib.predict.segmentation import Segmentation
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.session.mask_source import MaskOrigin
from TumorResponseLib.session.predictions import prediction_of
from TumorResponseLib.session.reading import Reading
from TumorResponseLib.session.result import result_document
from TumorResponseLib.session.steps import Status, Step
from TumorResponseLib.session.worklist.entries import EntryStatus, SavedMask
from TumorResponseLib.session.worklist.packed_mask import pack, unpack
from TumorResponseLib.session.worklist.store import WorklistStore
from TumorResponseLib.session.worklist.thumbnail import thumbnail

RESULTS = (Step.RINGS, Step.PREDICTION, Step.SALIENCY)


class CaseRecord:
    """One case in the store: mask, spacing, limits of the rings, laboratory values, result and status."""

    def __init__(self, store: WorklistStore, number: int) -> None:
        self._store = store
        self.number = number

    def restore(self, reading: Reading) -> str:
        """Give a freshly opened reading what was kept; predictions come back STALE.

        What is refused keeps nothing else back, least of all the mask that a person drew.

        Returns:
            What was refused, such as a mask that does not fit the image any more; ``""`` when nothing was.
        """
        refused = []
        for put_back in (self._restore_mask, self._restore_spacing, self._restore_limits, self._restore_laboratory):
            try:
                put_back(reading)
            except TumorResponseError as error:
                refused.append(str(error))
        if refused:
            return f"What was saved for case {self.number} does not fit it any more: {' '.join(refused)}"
        result = self._store.entry(self.number).result
        if result is not None and reading.found.tumour_found:
            reading.recall({values["system"]: SystemOutput(prediction_of(values)) for values in result["predictions"]})
        return ""

    def keep_mask(self, reading: Reading) -> None:
        """Save the mask with who drew it, and how far the case is with it."""
        found = reading.found
        if found.mask is None or found.mask_source is None:
            return
        automatic = None if found.segmentation is None else found.segmentation.mask
        if same_mask(automatic, found.mask):
            automatic = None  # it would be the same twice
        self._store.set_mask(self.number, found.mask, found.mask_source, automatic)

    def keep_spacing(self, spacing: Spacing) -> None:
        """Save what a voxel measures."""
        self._set("spacing", {"mm": list(spacing.mm), "source": spacing.source})

    def keep_limits(self, limits: Mapping[str, MaskArray]) -> None:
        """Save the masks that limit the rings."""
        self._set("limits", {name: packed_json(mask) for name, mask in limits.items()})

    def keep_laboratory(self, values: Mapping[str, float | None]) -> None:
        """Save laboratory values that were typed or taken away (None), beside those saved before."""
        self._set("laboratory", (self._get("laboratory") or {}) | dict(values))

    def keep_result(self, reading: Reading) -> None:
        """Save what was found, if all of it fits the mask, with a small picture; a new case is a read one then."""
        found = reading.found
        if found.image is None or not reading.is_ready(Step.MASK):
            return
        if any(reading.state(step).status is Status.STALE for step in RESULTS):
            return
        self._store.set_result(self.number, result_document(reading))
        self._store.set_thumbnail(self.number, thumbnail(found.image, found.mask))
        if self._store.entry(self.number).status is EntryStatus.NEW:
            self._store.set_status(self.number, EntryStatus.READ)

    def keep_picture(self, reading: Reading) -> None:
        """Save a small picture of the image, where there is none yet."""
        if reading.found.image is not None and self._store.entry(self.number).thumbnail is None:
            self._store.set_thumbnail(self.number, thumbnail(reading.found.image))

    def note_edit(self, origin: MaskOrigin) -> None:
        """Set the status after the mask was changed: an accepted case is no longer; a flagged one stays so."""
        if self._store.entry(self.number).status is not EntryStatus.FLAGGED:
            automatic = origin is MaskOrigin.AUTOMATIC
            self._store.set_status(self.number, EntryStatus.READ if automatic else EntryStatus.CORRECTED)

    def _restore_mask(self, reading: Reading) -> None:
        saved = self._store.mask(self.number)
        if saved is not None:
            _give_mask(reading, saved)

    def _restore_spacing(self, reading: Reading) -> None:
        kept = self._get("spacing")
        if kept is not None:
            reading.set_spacing(Spacing(tuple(kept["mm"]), kept["source"]))

    def _restore_limits(self, reading: Reading) -> None:
        kept = self._get("limits")
        if kept is not None:
            masks = {name: unpacked_json(values) for name, values in kept.items()}
            reading.set_limits(within=masks.get("within"), exclude=masks.get("exclude"))

    def _restore_laboratory(self, reading: Reading) -> None:
        kept = self._get("laboratory")
        if kept is not None:
            reading.set_laboratory(kept)

    def _set(self, name: str, value: Any) -> None:
        self._store.set_setting(f"case.{self.number}.{name}", value)

    def _get(self, name: str) -> Any:
        return self._store.setting(f"case.{self.number}.{name}")


def _give_mask(reading: Reading, saved: SavedMask) -> None:
    source = saved.source
    automatic = saved.mask if source.origin is MaskOrigin.AUTOMATIC else saved.automatic
    reading.set_mask(saved.mask, source.origin)
    if automatic is not None and source.bundle is not None and source.bundle_sha256 is not None:
        reading.found.segmentation = Segmentation(
            automatic,
            automatic.astype("float32"),  # the map itself is not kept; its outline is
            source.presence,
            source.confidence,
            source.bundle,
            source.bundle_sha256,
        )
    reading.found.mask_source = source


def packed_json(mask: MaskArray) -> dict[str, Any]:
    """A mask as JSON values."""
    return {"shape": list(mask.shape), "bits": b64encode(pack(mask)).decode("ascii")}


def unpacked_json(values: Mapping[str, Any]) -> MaskArray:
    """What ``packed_json`` was given."""
    return unpack(b64decode(values["bits"]), tuple(values["shape"]))
