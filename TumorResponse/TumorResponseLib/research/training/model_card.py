"""The model card of a bundle, with the figures that an evaluation measured (Mitchell et al., FAT* 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, StrictUndefined

RESEARCH_USE = "Research use only: not for diagnosis or treatment decisions."

VIRTUAL = "virtual cohort"
"""The evidence that is named again over every table."""

TEMPLATE = """\
# {{ metadata.name }} {{ metadata.version }}

**{{ research_use }}**

{{ metadata.description }}

- **Intended use:** {{ metadata.intended_use }}
- **Evidence:** {{ metadata.evidence }}
- **Training data:** {{ metadata.training_data }}
- **Licence:** {{ metadata.licence }}

## Figures

{% for table in tables -%}
{% if metadata.evidence == virtual %}*Virtual cohort.* {% endif %}{{ table.caption }}

| {{ table.header | join(" | ") }} |
|{{ "---|" * table.header | length }}
{% for row in table.rows -%}
| {{ row | join(" | ") }} |
{% endfor %}
{% endfor -%}
## Limits

{% for limit in limits -%}
- {{ limit }}
{% endfor -%}
{% if references %}
## References

{% for reference in references -%}
- {{ reference }}
{% endfor -%}
{% endif -%}
"""


@dataclass(frozen=True)
class Table:
    """A table of the card; every number in it comes from an evaluation's ``metrics.json``."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def model_card(
    metadata: Mapping[str, Any], tables: Sequence[Table], limits: Sequence[str], references: Sequence[str] = ()
) -> str:
    """The card as Markdown; ``metadata`` is the bundle's own."""
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(TEMPLATE).render(
        metadata=metadata,
        tables=tables,
        limits=limits,
        references=references,
        research_use=RESEARCH_USE,
        virtual=VIRTUAL,
    )


def with_interval(value: float, interval: Sequence[float]) -> str:
    """``0.812 (0.790 to 0.834)``."""
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"
