"""The field reference of the stored documents, made from the index templates.

`python -m stores.fields` writes it; it is kept as `index_mappings/README.md` and a test fails
when the two differ.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPENING: Final = """# Stored fields

The only schema of what Earshot stores: one versioned index template per kind of document, in the
form that Elasticsearch takes. The SQLite store is built from the same files. Fields that are not
listed are refused. Times are ISO 8601 in UTC; absent values are left out.

This page is made by `python -m stores.fields`; change the templates, not the page.
"""

USES: Final[Mapping[str, str]] = {
    "keyword": "filter, group",
    "text": "search by words",
    "date": "filter, sort",
    "long": "filter, sort",
    "float": "filter, sort",
    "boolean": "filter",
    "flattened": "any keys, filter",
}


def field_reference() -> str:
    """Return the whole page: one table per template, sorted by kind."""
    files = sorted(file.name for file in resources.files("index_mappings").iterdir() if file.name.endswith(".json"))
    sections = [OPENING]
    for file in files:
        template = json.loads(resources.files("index_mappings").joinpath(file).read_text(encoding="utf-8"))
        about = template["_meta"]
        rows = [f"| `{name}` | {kind} | {use} |" for name, kind, use in _rows(template["template"]["mappings"])]
        head = f"## {about['kind']}\n\n{about['about']} Template: `index_mappings/{file}`.\n"
        sections.append("\n".join([head, "| field | type | use |", "|---|---|---|", *rows, ""]))
    return "\n".join(sections)


def _rows(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the dotted name, the type and the use of every field, in the order of the template."""
    for name, field in mapping["properties"].items():
        if "properties" in field:
            yield from _rows(field, f"{prefix}{name}.")
            continue
        if field.get("index") is False or field.get("enabled") is False:
            use = "show only"
        elif field["type"] == "dense_vector":
            use = f"nearest neighbours by {field['similarity']}, {field['dims']} numbers"
        else:
            use = USES[field["type"]]
        yield f"{prefix}{name}", field["type"], use


if __name__ == "__main__":
    sys.stdout.write(field_reference())
