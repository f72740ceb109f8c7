"""The look of charts: colours that colour-blind readers tell apart, quiet axes, one font."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Brand

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
FONT: Final = "Arial, Liberation Sans, Helvetica, sans-serif"
INK: Final = "#1f2933"
QUIET: Final = "#52606d"
HAIRLINE: Final = "#e4e7eb"
SHADE: Final = "#f0b429"
UNKNOWN: Final = "#c3cad2"

POSITIVE: Final = "#0b62a3"
NEUTRAL: Final = "#b8c0c8"
NEGATIVE: Final = "#d9702b"
MOODS: Final = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}

OWN: Final = POSITIVE
OTHERS: Final = ("#3e4c59", "#12876f", "#b5559b", "#7a6a00", "#5aa9dc", "#8a5a44")

CONFIG: Final[dict[str, Any]] = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": UNKNOWN,
        "tickColor": UNKNOWN,
        "gridColor": HAIRLINE,
        "labelLimit": 260,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12, "title": None, "orient": "top"},
}


def brand_colours(brands: Sequence[Brand]) -> dict[str, str]:
    """Return a colour per brand key: the first own brand has the accent, the others theirs by place."""
    own = next((brand.key for brand in brands if brand.own), None)
    others = [brand.key for brand in brands if brand.key != own]
    colours = {key: OTHERS[place % len(OTHERS)] for place, key in enumerate(others)}
    return colours if own is None else {own: OWN, **colours}


def mood_colour(net: float | None) -> str:
    """Return a colour between negative and positive for net sentiment (-1..1), full from half way on."""
    if net is None:
        return UNKNOWN
    end = POSITIVE if net > 0 else NEGATIVE
    weight = min(1.0, abs(net) * 2)
    parts = [
        round(int(NEUTRAL[at : at + 2], 16) * (1 - weight) + int(end[at : at + 2], 16) * weight) for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)
