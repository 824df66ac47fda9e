"""The regions' looks and codes, and the colours of saliency."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from pydicom.pixels import apply_color_lut
from skimage.color import rgb2lab

from tools.colour_tables import tables, text
from TumorResponseLib.core.catalogue import TERMINOLOGY_FILE, region_styles
from TumorResponseLib.core.colours import COLOUR_FOLDER, OVERLAY_FILES, SALIENCY_FILE, overlay_colours, saliency_colours
from TumorResponseLib.core.resources import resources_folder

HOT_IRON = "1.2.840.10008.1.5.1"  # its UID in DICOM PS3.6, Annex A
NAMES = ("tumour", "0-3 mm", "3-5 mm", "5-10 mm")
CODES = {
    ("SCT", "49755003", "Morphologically Altered Structure"),
    ("SCT", "86049000", "Neoplasm, Primary"),
    ("SCT", "85756007", "Tissue"),
}
# Machado, Oliveira and Fernandes 2009, complete protanopia, deuteranopia and tritanopia, on linear RGB.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def display(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.0031308, colour * 12.92, 1.055 * np.clip(colour, 0, None) ** (1 / 2.4) - 0.055)


def test_names_and_order_are_kept() -> None:
    assert [style.name for style in region_styles(NAMES)] == list(NAMES)


def test_every_entry_has_seven_parts_and_no_invented_code() -> None:
    for style in region_styles(NAMES):
        parts = style.terminology.split("~")
        assert len(parts) == 7
        triplets = [tuple(part.split("^")) for part in (parts[1], parts[2], parts[3], parts[5], parts[6])]
        assert {triplet for triplet in triplets if triplet != ("", "", "")} <= CODES
    assert "86049000" in region_styles(NAMES)[0].terminology
    assert "86049000" not in region_styles(NAMES)[1].terminology


def test_a_band_keeps_its_colour_whatever_the_radii() -> None:
    usual, other = region_styles(NAMES), region_styles(("tumour", "0-1 mm", "1-20 mm"))
    assert [style.colour for style in other] == [style.colour for style in usual[:3]]


def test_colours_start_over_but_never_take_the_tumours() -> None:
    styles = region_styles(["tumour", *(f"{low}-{low + 1} mm" for low in range(20))])
    assert styles[0].colour not in {style.colour for style in styles[1:]}
    bands = json.loads((resources_folder() / TERMINOLOGY_FILE).read_text(encoding="utf-8"))["bands"]["colours"]
    assert styles[1].colour == styles[1 + len(bands)].colour


@pytest.mark.parametrize("kind", ["none", *BLINDNESS])
def test_neighbouring_regions_differ_for_colour_blind_readers_too(kind: str) -> None:
    matrix = np.array(BLINDNESS.get(kind, np.eye(3)))
    seen = [rgb2lab(np.clip(display(matrix @ linear(np.array(style.colour))), 0, 1)) for style in region_styles(NAMES)]
    # A difference of 2 is just noticeable side by side; thin lines need much more.
    assert min(np.linalg.norm(first - second) for first, second in combinations(seen, 2)) > 15


def test_saliency_grows_lighter_in_even_steps() -> None:
    lab = rgb2lab(saliency_colours())
    assert lab.shape == (256, 3)
    assert (np.diff(lab[::4, 0]) > 0).all()
    steps = np.linalg.norm(np.diff(lab[::16], axis=0), axis=1)
    assert steps.max() / steps.min() < 1.3


def test_perfusion_goes_from_blue_to_red_in_even_steps() -> None:
    colours = overlay_colours("perfusion")
    assert colours[0].argmax() == 2 and colours[-1].argmax() == 0
    assert colours[128].argmax() == 1  # green halfway
    steps = np.linalg.norm(np.diff(rgb2lab(colours)[::15], axis=0), axis=1)
    assert steps.max() / steps.min() < 1.3


@pytest.mark.parametrize("kind", ["none", *BLINDNESS])
def test_little_and_much_perfusion_differ_for_colour_blind_readers_too(kind: str) -> None:
    matrix = np.array(BLINDNESS.get(kind, np.eye(3)))
    colours = overlay_colours("perfusion")[np.linspace(0, 255, 5).astype(int)]
    seen = [rgb2lab(np.clip(display(matrix @ linear(colour)), 0, 1)) for colour in colours]
    assert min(np.linalg.norm(first - second) for first, second in combinations(seen, 2)) > 15


def test_pet_has_the_standard_s_palette() -> None:
    hot_iron = apply_color_lut(np.arange(256, dtype=np.uint8), palette=HOT_IRON)
    np.testing.assert_array_equal(np.round(overlay_colours("pet") * 255), hot_iron)


def test_the_colour_files_are_what_the_tool_writes() -> None:
    written = tables()
    assert {COLOUR_FOLDER / name for name in written} == {SALIENCY_FILE, *OVERLAY_FILES.values()}
    for name, colours in written.items():
        assert (resources_folder() / COLOUR_FOLDER / name).read_text(encoding="ascii") == text(colours)
