"""Write volumes, masks, label maps and segmentations; a file appears whole or not at all."""

from __future__ import annotations

from TumorResponseLib.core.saving.pictures import write_label_map, write_mask_picture
from TumorResponseLib.core.saving.segmentations import write_segmentation
from TumorResponseLib.core.saving.sheets import cell_text, write_sheet
from TumorResponseLib.core.saving.volumes import write_volume

__all__ = ["cell_text", "write_label_map", "write_mask_picture", "write_segmentation", "write_sheet", "write_volume"]
