"""The report page: what it says in each state of a reading, and that it needs nothing but itself."""

from __future__ import annotations

import dataclasses
import re

import pytest

from Testing.report.page import Page
from Testing.session.stand_ins import BrightnessSystem, disc, make_library, make_study, systems
from TumorResponseLib.core.errors import StudyError, UsageError
from TumorResponseLib.core.image import MaskArray
from TumorResponseLib.core.study import Study
from TumorResponseLib.models.runtime import ModelLibrary, OpenBundle
from TumorResponseLib.predict.system import SystemOutput
from TumorResponseLib.report.report import RESEARCH_USE_ONLY, render_report
from TumorResponseLib.session.options import ReadingOptions
from TumorResponseLib.session.reading import NO_LESION, Reading


class FarAway(BrightnessSystem):
    """Says that the study lies outside the training data."""

    def predict(self, study: Study, tumour: MaskArray, bundle: OpenBundle) -> SystemOutput:
        output = super().predict(study, tumour, bundle)
        prediction = dataclasses.replace(output.prediction, in_distribution=False, distance=7.25)
        return dataclasses.replace(output, prediction=prediction)


@pytest.fixture
def library(tmp_path_factory: pytest.TempPathFactory) -> ModelLibrary:
    return make_library(tmp_path_factory.mktemp("bundles"), "breast-us-segmentation", "dlrs3")


def read(library: ModelLibrary, study: Study, system: BrightnessSystem | None = None) -> Reading:
    reading = Reading(library, systems(system or BrightnessSystem()))
    reading.open(study)
    reading.run()
    return reading


def test_a_full_reading_is_reported_on_one_self_contained_page(library: ModelLibrary) -> None:
    html = render_report(read(library, make_study()))
    page = Page(html)
    assert page.open == []
    assert {"script", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert not re.search(r"https?:|url\(|@import|//\w", re.sub(r'src="data:[^"]*"', "", html))
    assert len(page.images) == 3
    assert all((image["src"] or "").startswith("data:image/png;base64,") and image["alt"] for image in page.images)
    assert page.text.count(RESEARCH_USE_ONLY) == 2
    for words in (
        "Virtual cohort: no patient evidence",
        "dlrs3: response to treatment",
        "Each model alone: probability of “responder”",
        "Responder",
        "Probability of “responder” (response to treatment): 78",
        "interval 68",
        "0-3 mm",
        "5-10 mm",
        "Area, mm²",
        "0.2 × 0.2 mm (given by the user)",
        "case.png, SHA-256 000000000000",
        "Intended use",
        "outside",
    ):
        assert words in page.text, words
    assert "Outside the training data" not in page.text
    assert "intratumoral" not in page.text  # but as a reader calls it, as in the panel
    assert page.text.split("Each model alone", 1)[1].split("”", 1)[1].split()[0] == "Tumour"


def test_measurements_on_the_page_are_those_of_the_reading(library: ModelLibrary) -> None:
    reading = read(library, make_study())
    text = Page(render_report(reading)).text
    tumour = reading.found.measurements[0]
    assert f"tumour {tumour.area_mm2:.1f} {tumour.long_diameter_mm:.1f} {tumour.short_diameter_mm:.1f}" in text


def test_names_are_escaped(library: ModelLibrary) -> None:
    study = make_study(name='<img src=x onerror="alert(1)">', warnings=("<b>odd</b> & more",))
    html = render_report(read(library, study))
    assert "<img src=x" not in html and "<b>odd" not in html
    page = Page(html)
    assert '<img src=x onerror="alert(1)">' in page.text and "<b>odd</b> & more" in page.text


def test_a_study_outside_the_training_data_is_said_so_before_the_decision(library: ModelLibrary) -> None:
    text = Page(render_report(read(library, make_study(), FarAway()))).text
    assert text.index("Outside the training data") < text.index("Responder")
    assert "distance 7.25" in text


def test_without_spacing_the_page_shows_the_outline_and_says_why_the_rest_is_missing(library: ModelLibrary) -> None:
    page = Page(render_report(read(library, make_study(None))))
    assert len(page.images) == 2
    assert page.text.count("The image does not say how many millimetres a pixel measures") == 2
    assert "Spacing not known" in page.text
    assert "Rings failed" in page.text and "mm²" not in page.text


def test_no_lesion_is_the_page_s_first_message(library: ModelLibrary) -> None:
    page = Page(render_report(read(library, make_study(lesion=False))))
    assert len(page.images) == 1
    assert page.text.index(NO_LESION) < page.text.index("Pictures")
    assert "Probability of" not in page.text


def test_a_failed_prediction_is_said_where_the_prediction_would_stand(library: ModelLibrary) -> None:
    system = BrightnessSystem(refusal=StudyError("The image is too small; give a larger one."))
    page = Page(render_report(read(library, make_study(), system)))
    assert page.text.count("The image is too small; give a larger one.") == 1
    assert "Prediction failed" in page.text
    assert "Long diam., mm" in page.text


def test_a_stale_prediction_shows_no_number(library: ModelLibrary) -> None:
    reading = read(library, make_study())
    reading.set_mask(disc(radius=12.0))
    page = Page(render_report(reading))
    assert "The mask changed. What was found before no longer fits" in page.text
    assert "Probability of" not in page.text and "mm²" not in page.text


def test_an_opened_study_alone_can_be_reported(library: ModelLibrary) -> None:
    reading = Reading(library, {}, ReadingOptions(systems=()))
    reading.open(make_study())
    assert len(Page(render_report(reading)).images) == 1


def test_there_is_no_report_without_a_study(library: ModelLibrary) -> None:
    with pytest.raises(UsageError):
        render_report(Reading(library, {}, ReadingOptions(systems=())))
