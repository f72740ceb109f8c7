"""The reference of all sources and their settings, made from what the sources declare.

`python -m collectors.reference` writes it; it is kept as `docs/sources.md` and a test fails when the two differ.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Final

from collectors.catalog import CATALOG, source_prefix
from domain.errors import ConfigurationError
from domain.setting import is_secret, variable

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENING: Final = """# Sources

Each source is a table of `earshot.toml`, named as you like: `[source.NAME]`. Every setting can also come from the
environment, as `EARSHOT_SOURCE_NAME_SETTING`; secrets come only from there.

This page is made by `python -m collectors.reference`; change the sources, not the page.
"""
EXAMPLE_NAME: Final = "mine"


def reference() -> str:
    """Return the whole page: one section per kind of source, sorted."""
    sections = [OPENING]
    for kind in sorted(CATALOG):
        source = CATALOG[kind]
        rows = []
        for item in dataclasses.fields(source.settings):
            unit = f" ({item.metadata['unit']})" if item.metadata.get("unit") else ""
            rows.append(f"| `{item.name}` | {_default(item)} | {item.metadata['help']}{unit} |\n")
        sections.append(f"""## {kind}

{source.help}.

```toml
{example(kind, EXAMPLE_NAME)}
```

| setting | default | |
|---|---|---|
{"".join(rows)}""")
    return "\n".join(sections)


def example(kind: str, name: str, given: Mapping[str, str] | None = None) -> str:
    """Return a table of the configuration: what is given, and places for what the source cannot do without.

    Raises:
        ConfigurationError: there is no such kind of source or setting, or a secret is given.
    """
    if kind not in CATALOG:
        raise ConfigurationError(f"there is no kind of source {kind!r}; there are {', '.join(CATALOG)}")
    settings = {item.name: item for item in dataclasses.fields(CATALOG[kind].settings)}
    given = given or {}
    for setting in given:
        if setting not in settings:
            raise ConfigurationError(f"{kind} has no setting {setting!r}; it has {', '.join(settings)}")
        if is_secret(settings[setting]):
            where = variable(source_prefix(name), settings[setting])
            raise ConfigurationError(f"{setting} is a secret; set {where} in the environment instead")
    lines = [f"[source.{name}]", f'type = "{kind}"']
    for item in settings.values():
        if item.name in given:
            lines.append(f"{item.name} = {_value(item, given[item.name])}")
        elif _is_required(item) and not is_secret(item):
            place = '["..."]' if "list" in str(item.type) or "tuple" in str(item.type) else '"..."'
            lines.append(f"{item.name} = {place}  # {item.metadata['help']}")
    secrets = [item for item in settings.values() if is_secret(item)]
    lines += [f"# in the environment: {variable(source_prefix(name), item)}" for item in secrets]
    return "\n".join(lines)


def _default(item: dataclasses.Field[Any]) -> str:
    if is_secret(item) or _is_required(item):
        return "secret" if is_secret(item) else "required"
    value = item.default_factory() if item.default_factory is not MISSING else item.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value not in ("", [], {}, None) else ""


def _is_required(item: dataclasses.Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _value(item: dataclasses.Field[Any], text: str) -> str:
    """Return what was given as TOML has it: the texts of JSON are texts of TOML too."""
    kind = str(item.type)
    if "list" in kind or "tuple" in kind:
        return json.dumps([part.strip() for part in text.split(",")])
    return text if kind.removesuffix(" | None") in {"int", "float", "bool"} else json.dumps(text)


if __name__ == "__main__":
    sys.stdout.write(reference())
