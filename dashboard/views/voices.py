"""Voices: who is listened to, for the social team, with what they wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit.column_config import NumberColumn, TextColumn

from dashboard import address
from dashboard.components.filter_panel import FILTERS, filter_panel, search_box
from dashboard.components.headline import DECIDED, NOT_SHOWN
from dashboard.components.post_panel import post_list
from dashboard.components.tables import table
from dashboard.contents import contents, no_posts
from dashboard.controls import filters_of
from dashboard.session import open_page
from insights.statistics.comparing import MIN_MOOD_POSTS
from reports.wording import NOT_KNOWN, REACTIONS, count, estimate, points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.contents import Contents
    from dashboard.session import Session
    from domain.questions import Filters
    from insights.influence.ranking import Voice, Voices

LIMIT: Final = 50
ROW_PX: Final = 35
PEOPLE: Final = "People"
ACCOUNTS: Final = "Brands' own accounts"
_ACCOUNTS: Final = "accounts"
TOO_FEW: Final = "too few posts"
_COLUMNS: Final[Mapping[str, Any]] = {
    "author": TextColumn("Author", width=108, pinned=True),
    "attention": NumberColumn(
        "Attention", help="Share of all attention (PageRank), per cent", format="%.1f%%", width=76
    ),
    "net": TextColumn(
        "Net sentiment",
        help=f"Of their posts, in points ({points(-1)} to {points(1)}), with its 95% range; of fewer than "
        f"{MIN_MOOD_POSTS} posts none is given",
        width=122,
    ),
    "posts": NumberColumn("Posts", format="localized", width=48),
    "listeners": NumberColumn("Listeners", help="Authors who turned to them", format="localized", width=72),
    "reactions": NumberColumn("Reactions", help=f"To their posts: {REACTIONS}", format="localized", width=76),
    "source": TextColumn("Source", width=72),
    "account of": TextColumn("Account of", width=80),
}
"""Ranked by attention, places need no column. All are in sight at 1280 pixels, the first three on a phone."""


def show() -> None:
    """Draw the page."""
    # Late: only this page needs it.
    from insights.influence.ranking import voices

    session = open_page("Voices")
    held = session.work_out(contents, session.config.time_zone)
    if held is None:
        no_posts()
        return
    address.follow(*FILTERS, "who")
    filters = filters_of(filter_panel(held, session.config, text=search_box(), counting=False))
    with st.spinner("Ranking the authors ..."):
        found = session.work_out(voices, filters, limit=LIMIT, brands=session.config.brands)
    left, right = st.columns([9, 4], gap="small")
    with left:
        chosen = _ranking(found, filters, session.brand_names)
    with right, st.container(key="posts"):
        st.header("Posts")
        _what_they_wrote(session, held, filters, chosen)
    address.write()


def _what_they_wrote(session: Session, held: Contents, filters: Filters, chosen: Voice | None) -> None:
    if chosen is None:
        st.info("Choose an author in the table to read their posts.", icon=":material/touch_app:")
        return
    followers = "followers not known" if chosen.followers is None else f"{count(chosen.followers)} followers"
    st.text(f"{named(chosen)} on {chosen.source}, {followers}")
    st.text(chosen.why)
    if chosen.author_id is None:
        st.info("They wrote none of these posts; others turn to them.")
        return
    post_list(session, held, replace(filters, authors=(chosen.author_id,), sources=(chosen.source,)))


def rows(ranked: Sequence[Voice], brand_names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the ranking as rows of a table: attention in per cent, net sentiment in words with its range."""
    table = []
    for voice in ranked:
        labelled = voice.negative + voice.neutral + voice.positive
        net = TOO_FEW if labelled < MIN_MOOD_POSTS else estimate(voice.net, voice.low, voice.high)
        row = {
            "author": named(voice),
            "attention": 100 * voice.score,
            "net": net if labelled else None,
            "posts": voice.posts,
            "listeners": voice.listeners,
            "reactions": voice.reach,
            "source": voice.source,
            "account of": brand_names.get(voice.brand, voice.brand) if voice.brand else None,
        }
        table.append(row)
    return table


def named(voice: Voice) -> str:
    """Return what an author goes by."""
    return voice.handle or voice.author_id or "an author without a name"


def _ranking(found: Voices, filters: Filters, brand_names: Mapping[str, str]) -> Voice | None:
    """Draw the ranking and return the voice that is chosen in it."""
    st.caption(
        f"{count(found.authors)} authors of {count(found.posts)} posts, ranked by the attention that others pay them "
        "in replies, mentions and shares (PageRank). Choose a row to read what they wrote. "
        f"Left out: {count(found.without_author)} posts without an author, {count(found.by_bots)} by bots."
    )
    st.session_state.setdefault("who", ACCOUNTS if address.says("who") == [_ACCOUNTS] else PEOPLE)
    kind = st.segmented_control("Who", [PEOPLE, ACCOUNTS], required=True, key="who", label_visibility="collapsed")
    address.note("who", [_ACCOUNTS] if kind == ACCOUNTS else [])
    ranked = found.people if kind == PEOPLE else found.brand_accounts
    if not ranked:
        st.info("Nobody to rank among these posts: no author is known, or all are filtered away.")
        return None
    listed = rows(ranked, brand_names)
    hidden = {"account of"} if kind == PEOPLE else set()
    if filters.decides_sentiment:
        hidden.add("net")
        st.caption(f"Net sentiment is {NOT_SHOWN}: {DECIDED}.")
    known = [_identity(voice) for voice in ranked]
    asked = address.says("voice")
    row = known.index(asked) if asked in known else None
    event = table(
        [{name: cell for name, cell in row.items() if name not in hidden} for row in listed],
        name="voices",
        column_config=_COLUMNS,
        height=ROW_PX * (min(len(listed), 20) + 1) + 3,
        key=f"ranking-{kind}-{address.turn()}",
        selection_default=None if row is None else {"selection": {"rows": [row]}},
        placeholder=NOT_KNOWN,
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = event.selection.rows
    chosen = ranked[picked[0]] if picked and picked[0] < len(ranked) else None
    if asked and row is None:
        st.warning("The author of this link is not in this ranking.", icon=":material/link_off:")
    address.note("voice", _identity(chosen) if chosen else [])
    return chosen


def _identity(voice: Voice) -> list[str]:
    return [voice.source, voice.author_id or voice.handle or ""]
