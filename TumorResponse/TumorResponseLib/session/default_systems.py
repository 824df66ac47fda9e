"""The systems that a reading asks unless it is told otherwise; known without any package."""

DEFAULT_SYSTEMS = ("dlrs3",)
