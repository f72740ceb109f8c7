"""The look of charts: colours that colour-blind readers tell apart on light and on dark pages, quiet axes, one font."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from domain.config import Brand

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
FONT: Final = "Arial, Liberation Sans, Helvetica, sans-serif"
INK: Final = "#1f2933"
QUIET: Final = "#52606d"
HAIRLINE: Final = "#e4e7eb"
SHADE: Final = "#b7791f"
UNKNOWN: Final = "#85909b"

POSITIVE: Final = "#0b62a3"
NEUTRAL: Final = "#7b8794"
NEGATIVE: Final = "#c8601c"
MOODS: Final = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}

OWN: Final = POSITIVE
OTHERS: Final = ("#281b4b", "#29a66e", "#d97000", "#6a0fd0", "#c12522", "#b26afb", "#7b0033")
SHAPES: Final = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "triangle-right",
    "triangle-left",
)
"""Of points, by the place of a brand's colour: who sees no colours tells brands apart by these."""

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
        "labelSeparation": 8,
    },
    "legend": {"labelLimit": 300, "labelColor": INK, "labelFontSize": 12, "title": None, "orient": "top"},
}

_MOOD_STEPS: Final = 4
_COLOURED: Final = ("color", "colour", "stroke", "fill", "range")


def brand_colours(brands: Sequence[Brand], drawn: Collection[str] | None = None) -> dict[str, str]:
    """Return a colour per brand key: the first own brand has the accent, the others theirs by place.

    Of more brands than there are colours `drawn` says which are on one chart: among them no colour is there twice as
    long as any is free.
    """
    own = next((brand.key for brand in brands if brand.own), None)
    others = [brand.key for brand in brands if brand.key != own]
    colours = {own: OWN} if own is not None and (drawn is None or own in drawn) else {}
    for place, key in enumerate(others):
        if drawn is None or key in drawn:
            turned = (*OTHERS[place % len(OTHERS) :], *OTHERS[: place % len(OTHERS)], OWN)
            taken = () if drawn is None else colours.values()
            colours[key] = next((colour for colour in turned if colour not in taken), turned[0])
    return colours


def shape(colour: str) -> str:
    """Return the shape of points of a colour."""
    places = (OWN, *OTHERS)
    return SHAPES[places.index(colour)] if colour in places else "circle"


def mood_colour(net: float | None) -> str:
    """Return a colour between negative and positive for net sentiment (-1..1), full from half way on, in few steps."""
    if net is None:
        return UNKNOWN
    return _MOOD_SCALE[round(max(-1.0, min(1.0, net * 2)) * _MOOD_STEPS)]


def in_dark(spec: Any) -> Any:
    """Return a specification with the colours for dark pages in the place of those for light ones.

    Only what names a colour is looked at: a topic may be called `#1f2933`.
    """
    if isinstance(spec, list | tuple):
        return [in_dark(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        key: _recoloured(value) if key.lower().endswith(_COLOURED) else in_dark(value) for key, value in spec.items()
    }


def _recoloured(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_recoloured(part) for part in value]
    return DARK.get(value, value) if isinstance(value, str) else in_dark(value)


def _blended(low: str, high: str, weight: float) -> str:
    parts = [round(int(low[at : at + 2], 16) * (1 - weight) + int(high[at : at + 2], 16) * weight) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _scale(neutral: str, ends: tuple[str, str]) -> dict[int, str]:
    steps = range(-_MOOD_STEPS, _MOOD_STEPS + 1)
    return {step: _blended(neutral, ends[step > 0], abs(step) / _MOOD_STEPS) for step in steps}


_MOOD_SCALE: Final = _scale(NEUTRAL, (NEGATIVE, POSITIVE))
_DARK_OTHERS: Final = ("#baddff", "#73fcd6", "#f98006", "#c938fa", "#ffac80", "#fffa80", "#a3755e")
_DARK_ENDS: Final = ("#f0904d", "#5fb0f0")
_DARK_NEUTRAL: Final = "#8b98a5"

DARK: Final[Mapping[str, str]] = {
    INK: "#e6ebf0",
    QUIET: "#b3bfca",
    HAIRLINE: "#37424e",
    SHADE: "#f0b429",
    UNKNOWN: "#818d99",
    **dict(zip(OTHERS, _DARK_OTHERS, strict=True)),
    **dict(zip(_MOOD_SCALE.values(), _scale(_DARK_NEUTRAL, _DARK_ENDS).values(), strict=True)),
}
"""The colours for dark pages by those for light ones; each holds its contrast on its own page."""
