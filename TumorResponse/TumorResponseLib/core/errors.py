"""What can go wrong, each said in one sentence: what, with which input, what to do."""

from __future__ import annotations


class TumorResponseError(Exception):
    """A failure that the user is told as it stands; the command line ends with ``exit_code``."""

    exit_code = 1


class UsageError(TumorResponseError):
    """The command or its options are wrong; nothing was read."""

    exit_code = 2


class StudyError(TumorResponseError):
    """An image, mask or study file cannot be read or makes no sense."""


class SpacingError(TumorResponseError):
    """Millimetres are needed and the image does not say what a pixel measures."""


class MaskError(TumorResponseError):
    """A mask does not fit its image, or holds no tumour."""


class BundleError(TumorResponseError):
    """A model bundle is missing, damaged, or not what its metadata says."""


class DeviceError(TumorResponseError):
    """The requested device cannot run the models."""
