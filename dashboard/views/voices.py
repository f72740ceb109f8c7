"""Voices: who is listened to, for the social team, with what they wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit.column_config import NumberColumn, TextColumn

from dashboard import address
from dashboard.components.filter_panel import FILTERS, filter_panel, search_box
from dashboard.components.post_panel import post_list
from dashboard.contents import contents, no_posts
from dashboard.controls import filters_of
from dashboard.session import open_page
from reports.wording import count

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
_COLUMNS: Final[Mapping[str, Any]] = {
    "rank": NumberColumn("#", width=36),
    "author": TextColumn("Author", width=130),
    "source": TextColumn("Source", width=78),
    "account of": TextColumn("Account of", width=80),
    "attention": NumberColumn(
        "Attention", help="Share of all attention (PageRank), per cent", format="%.1f%%", width=76
    ),
    "listeners": NumberColumn("Listeners", help="Authors who turned to them", format="localized", width=72),
    "reach": NumberColumn("Reach", help="Likes, replies and shares of their posts", format="localized", width=60),
    "posts": NumberColumn("Posts", format="localized", width=54),
    "net": NumberColumn("Net", help="Net sentiment of their posts, in points (-100 to +100)", format="%d", width=48),
}


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
    left, right = st.columns([13, 7], gap="medium")
    with left:
        chosen = _ranking(found, session.brand_names)
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
    """Return the ranking as rows of a table; net sentiment in points, attention in per cent."""
    return [
        {
            "rank": voice.rank,
            "author": named(voice),
            "source": voice.source,
            "account of": brand_names.get(voice.brand, voice.brand) if voice.brand else None,
            "attention": 100 * voice.score,
            "listeners": voice.listeners,
            "reach": voice.reach,
            "posts": voice.posts,
            "net": None if voice.net is None else round(100 * voice.net),
        }
        for voice in ranked
    ]


def named(voice: Voice) -> str:
    """Return what an author goes by."""
    return voice.handle or voice.author_id or "an author without a name"


def _ranking(found: Voices, brand_names: Mapping[str, str]) -> Voice | None:
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
    table = rows(ranked, brand_names)
    hidden = {"account of"} if kind == PEOPLE else set()
    known = [_identity(voice) for voice in ranked]
    asked = address.says("voice")
    row = known.index(asked) if asked in known else None
    event = st.dataframe(
        [{name: cell for name, cell in row.items() if name not in hidden} for row in table],
        column_config=_COLUMNS,
        hide_index=True,
        height=ROW_PX * (min(len(table), 20) + 1) + 3,
        key=f"ranking-{kind}-{address.turn()}",
        selection_default=None if row is None else {"selection": {"rows": [row]}},
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
