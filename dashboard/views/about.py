"""About the data: what is stored, from when to when, who read it, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from dashboard.components.headline import Figure, figures_html
from dashboard.components.overlay import shown_events
from dashboard.components.tables import table
from dashboard.contents import contents, models_at_work, no_posts, unknowns
from dashboard.session import open_page
from domain.questions import Filters, Question
from domain.zones import day_start
from reports.wording import count, day, language, percent

if TYPE_CHECKING:
    from dashboard.contents import Contents
    from dashboard.session import Session
    from domain.questions import Dimension

LIMITS: Final = (
    "Posts are what the sources gave us: no sample of all customers, and silent ones are not heard.",
    "A sentiment label is a model's reading with a probability. Irony and mixed feelings are where it errs most.",
    "Intervals say how far chance alone could move a figure. They do not cover errors of the model or of the sources.",
    "A post belongs to a customer only where a consent is on record, by evidence that stands on the Customer page.",
    "A post that coincides with an event need not be caused by it.",
)


def show() -> None:
    """Draw the page."""
    session = open_page("About the data")
    held = session.work_out(contents, session.config.time_zone)
    if held is None:
        no_posts()
        return
    _extent(session, held)
    left, right = st.columns(2, gap="large")
    with left:
        _counts(session, "Sources", "source", str)
        _counts(session, "Languages", "language", language)
    with right:
        st.header("What is not known")
        lacking = [
            {"Posts without": name, "Posts": missing, "Share": percent(missing / held.posts)}
            for name, missing in session.work_out(unknowns).items()
        ]
        table(lacking, name="not known", column_config={"Posts": _number()})
        st.header("Models")
        st.caption("Found among the oldest and the newest posts.")
        models = session.work_out(models_at_work)
        table([dict(zip(("Reads", "Model", "Revision"), row, strict=True)) for row in models], name="models")
    st.header("How to read it")
    limits = (*LIMITS, f"Days, weeks and times are those of {session.config.time_zone}.")
    st.markdown("\n".join(f"- {limit}" for limit in limits))


def _extent(session: Session, held: Contents) -> None:
    days = (held.last - held.first).days + 1
    events = session.work_out(shown_events)
    first, last = (day_start(at, session.config.time_zone) for at in (held.first, held.last))
    span = f"{day(first)} to {day(last)}"
    cells = (
        Figure(label="Posts", value=count(held.posts), range="near-identical texts included"),
        Figure(label="Days", value=count(days), range=span),
        Figure(label="Sources", value=count(len(held.values["source"])), range="places that posts come from"),
        Figure(label="Events", value=count(events), range="of the network and the services"),
    )
    st.html(figures_html(cells))
    with st.container(horizontal=True):
        st.text("Stored at")
        st.code(session.config.store, language=None, wrap_lines=True)


def _counts(session: Session, title: str, dimension: Dimension, named: Any) -> None:
    asked = session.ask(Question(measure="volume", filters=Filters(), by=(dimension,)))
    total = asked.total
    st.header(title)
    rows = [
        {
            title[:-1]: "not known" if row[dimension] is None else named(row[dimension]),
            "Posts": row["posts"],
            "Different texts": row["once"],
            "Share": percent(row["posts"] / total),
        }
        for row in sorted(asked.records(), key=lambda row: -row["posts"])
    ]
    table(rows, name=title.lower(), column_config={"Posts": _number(), "Different texts": _number()})


def _number() -> Any:
    return st.column_config.NumberColumn(format="localized")
