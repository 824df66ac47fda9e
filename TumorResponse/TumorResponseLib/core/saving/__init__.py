"""Write volumes, masks, label maps and segmentations; a file appears whole or not at all."""

from __future__ import annotations

from TumorResponseLib.core.saving.pictures import write_label_map, write_mask_picture
from TumorResponseLib.core.saving.segmentations import write_segmentation
from TumorResponseLib.core.saving.volumes import write_volume

__all__ = ["write_label_map", "write_mask_picture", "write_segmentation", "write_volume"]
