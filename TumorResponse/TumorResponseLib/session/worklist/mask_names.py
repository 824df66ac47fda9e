"""Which of many files are masks drawn on others of them, told by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from TumorResponseLib.core.loading.formats import stem_of

MASK_WORDS = {
    "mask", "masks", "seg", "segs", "segmentation", "segmentations", "label", "labels", "labelmap", "labelstr",
    "labelsts", "labelsval", "gt", "ground", "truth", "groundtruth", "roi", "rois", "annotation", "annotations",
    "contour", "contours", "outline", "outlines",
}  # fmt: skip
IMAGE_WORDS = {"image", "images", "img", "imagestr", "imagests", "imagesval"}
SEGMENTATION = re.compile(r"\.seg\.(nrrd|nhdr)$", re.IGNORECASE)

Words = tuple[str, ...]


def masks_among(files: Sequence[Path], root: Path) -> set[Path]:
    """The masks among ``files``, all below ``root``.

    A Slicer segmentation is one. So is a file with a word such as "mask" in its name or in a folder's name below
    ``root``, when there is an image that is called the same without it (``7.png`` and ``7_mask.png``, ``images/7.png``
    and ``masks/7.png``, with a number after it as in BUSI, or without the channel as in nnU-Net), or when it is called
    nothing else and has an image beside it. What has no such image is taken for an image: none may get lost.
    """
    segmentations = {path for path in files if SEGMENTATION.search(path.name)}
    others = [path for path in files if path not in segmentations]
    named = [path for path in others if _says_mask(path, root)]
    images = [path for path in others if path not in set(named)]
    names = {_bare(path) for path in images}
    names |= {name[:-1] for name in names if name and name[-1] == "0000"}  # nnU-Net's first channel
    folders = {path.parent for path in images}

    def is_drawn_on_another(path: Path) -> bool:
        name = _bare(path)
        shorter = name[:-1] if name and name[-1].isdigit() else name
        return name in names or shorter in names or (not name and path.parent in folders)

    return segmentations | {path for path in named if is_drawn_on_another(path)}


def _says_mask(path: Path, root: Path) -> bool:
    folders = path.parent.relative_to(root).parts
    return any(not MASK_WORDS.isdisjoint(_words(part)) for part in (stem_of(path), *folders))


def _bare(path: Path) -> Words:
    """The words of the file's name that tell cases apart."""
    return tuple(word for word in _words(stem_of(path)) if word not in MASK_WORDS | IMAGE_WORDS)


def _words(name: str) -> Words:
    return tuple(re.findall(r"[^\W\d_]+|\d+", name.lower()))
