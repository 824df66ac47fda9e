"""What the next click on a PET does, in words for every shell."""

from __future__ import annotations

from TumorResponseLib.core.pet.thresholds import BLOOD_POOL, LIVER
from TumorResponseLib.desk.pet_lesions import LesionTool

FIRST_MEASURED = {
    LIVER: "Click into the healthy right lobe of the liver, which is measured first.",
    BLOOD_POOL: "Click into the descending aorta, which is measured first.",
}


def lesion_hint(tool: LesionTool) -> str:
    """One sentence."""
    if tool.needs_region:
        return FIRST_MEASURED[tool.method]
    threshold = tool.threshold
    active = f"SUV {threshold.suv:.3g}" if threshold.share is None else f"{threshold.share:.0%} of its maximum"
    rule = " The rule is PERCIST's, which is written for FDG." if tool.method in FIRST_MEASURED else ""
    return f"Click on uptake to take it in from {active}, on a lesion to take it out.{rule}"
