"""The reference of all sources and their settings, made from what the sources declare.

`python -m collectors.page` writes it; it is kept as `docs/sources.md` and a test fails when the two differ.
"""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Final

from collectors.catalog import CATALOG, source_prefix
from domain.settings import is_secret, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING: Final = """# Sources

Each source is a table of `earshot.toml`, named as you like: `[source.NAME]`. Every setting can also come from the
environment, as `EARSHOT_SOURCE_NAME_SETTING`; secrets come only from there.

This page is made by `python -m collectors.page`; change the sources, not the page.
"""
EXAMPLE_NAME: Final = "mine"


def reference() -> str:
    """Return the whole page: one section per kind of source, sorted."""
    return "\n".join([OPENING, *(_section(kind) for kind in sorted(CATALOG))])


def example(kind: str, name: str) -> str:
    """Return a table of the configuration with the settings that a kind of source cannot do without."""
    lines = [f"[source.{name}]", f'type = "{kind}"']
    settings = dataclasses.fields(CATALOG[kind].settings)
    plain = [item for item in settings if _is_required(item) and not is_secret(item)]
    lines += [f"{item.name} = {_placeholder(item)}  # {item.metadata['help']}" for item in plain]
    lines += [f"# in the environment: {variable(source_prefix(name), item)}" for item in settings if is_secret(item)]
    return "\n".join(lines)


def _section(kind: str) -> str:
    source = CATALOG[kind]
    rows = "\n".join(_rows(source.settings))
    return f"""## {kind}

{source.help}.

```toml
{example(kind, EXAMPLE_NAME)}
```

| setting | default | |
|---|---|---|
{rows}
"""


def _rows(settings: type) -> Iterator[str]:
    for item in dataclasses.fields(settings):
        unit = f" ({item.metadata['unit']})" if item.metadata.get("unit") else ""
        default = "secret" if is_secret(item) else _default(item)
        yield f"| `{item.name}` | {default} | {item.metadata['help']}{unit} |"


def _default(item: dataclasses.Field[Any]) -> str:
    if _is_required(item):
        return "required"
    value = item.default_factory() if item.default_factory is not MISSING else item.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value not in ("", [], {}, None) else ""


def _is_required(item: dataclasses.Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _placeholder(item: dataclasses.Field[Any]) -> str:
    return '["..."]' if "list" in str(item.type) or "tuple" in str(item.type) else '"..."'


if __name__ == "__main__":
    sys.stdout.write(reference())
