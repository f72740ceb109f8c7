"""Ask: figures, posts, one customer's journey, the voices that carry."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, cast, get_args

import typer

from domain.documents import to_document
from domain.errors import InputError
from domain.questions import PUBLIC, Answer, Dimension, Filters, Measure, Order, Page, Question
from pipeline.commands.screen import Format, print_posts, print_records, say
from pipeline.wiring import configured, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VOICE_COLUMNS: Final = (
    "rank",
    "handle",
    "source",
    "score",
    "followers",
    "posts",
    "net",
    "mentions",
    "replies",
    "shares",
    "reach",
)
"""What a table has room for; JSON and CSV have everything."""

_LETS_THROUGH: Final[Mapping[bool | None, tuple[bool | None, ...]]] = {None: (), True: (True,), False: (False, None)}
"""What a pair of options means, such as --spam and --no-spam: what was not read goes with what does not hold."""

FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
Texts = Annotated[list[str] | None, typer.Option(help="Repeatable; `unknown` asks for posts where it is not known.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the `earshot` command."""
    app.command("ask")(ask)
    app.command("journey")(show_journey)
    app.command("influencers")(show_influencers)


def ask(
    context: typer.Context,
    measure: Annotated[str, typer.Argument(help=", ".join(get_args(Measure)))],
    by: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(get_args(Dimension))}.")] = None,
    text: Annotated[str | None, typer.Option(help='Boolean query: (outage OR signal*) AND NOT "price rise".')] = None,
    brand: Texts = None,
    language: Texts = None,
    source: Texts = None,
    sentiment: Texts = None,
    emotion: Texts = None,
    intent: Texts = None,
    aspect: Texts = None,
    aspect_sentiment: Annotated[list[str] | None, typer.Option(help="Repeatable: network:negative.")] = None,
    topic: Texts = None,
    place: Texts = None,
    author: Texts = None,
    customer: Texts = None,
    event: Texts = None,
    since: Annotated[str | None, typer.Option(help="From this day or time on (UTC).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time; a day counts whole.")] = None,
    order: Annotated[str, typer.Option(help=f"Of posts: {', '.join(get_args(Order))}.")] = "newest",
    limit: Annotated[int, typer.Option(min=1, help="Most posts listed.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="Posts skipped.")] = 0,
    form: FormatOption = Format.table,
    *,
    once: Annotated[bool, typer.Option(help="Count near-identical texts once.")] = False,
    public: Annotated[bool, typer.Option(help="Leave the brands' own accounts out.")] = False,
    urgent: Annotated[bool | None, typer.Option(help="Only what is urgent, or all but that.")] = None,
    spam: Annotated[bool | None, typer.Option(help="Only what is spam or automated, or all but that.")] = None,
) -> None:
    """Answer a question from the stored posts."""
    from insights.ask import answer

    listed = {"brands": brand, "languages": language, "sources": source, "sentiments": sentiment}
    listed |= {"emotions": emotion, "intents": intent, "aspects": aspect, "aspect_sentiments": aspect_sentiment}
    listed |= {"topics": topic, "places": place, "authors": author, "customers": customer, "events": event}
    filters = Filters(
        start=moment(since),
        end=moment(until, whole_day=True),
        speakers=PUBLIC if public else (),
        urgent=_LETS_THROUGH[urgent],
        spam=_LETS_THROUGH[spam],
        text=text,
        once=once,
        **cast("Any", {name: _values(texts) for name, texts in listed.items()}),
    )
    question = Question(
        measure=cast("Measure", _one_of(measure, get_args(Measure), "measure")),
        filters=filters,
        by=tuple(cast("Dimension", _one_of(name, get_args(Dimension), "dimension")) for name in _split(by)),
        order=cast("Order", _one_of(order, get_args(Order), "order")),
        page=Page(limit=limit, offset=offset),
    )
    with opened(configured(context.obj)) as store:
        _print(answer(store, question), question.measure, form)


def _print(found: Answer, measure: Measure, form: Format) -> None:
    records, columns = found.records(), [column.name for column in found.columns]
    if form is Format.table and measure == "posts":
        print_posts(records, found.total)
        return
    if form is Format.table and measure == "topics":
        # Read by people: the largest first, the id (for --topic) last.
        records.sort(key=lambda record: -record["posts"])
        columns.append(columns.pop(columns.index("topic")))
    print_records(records, columns, form)


def show_journey(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's pseudonym.")],
    form: FormatOption = Format.table,
) -> None:
    """List all that happened to one customer, in order."""
    from insights.journey import journey

    config = configured(context.obj)
    with opened(config) as store:
        steps = [to_document(step) for step in journey(store, customer, config.linking.purposes).steps]
    columns = list(dict.fromkeys(key for step in steps for key in step))
    print_records([{column: step.get(column) for column in columns} for step in steps], columns, form)


def show_influencers(
    context: typer.Context,
    topic: Texts = None,
    brand: Texts = None,
    since: Annotated[str | None, typer.Option(help="From this day or time on (UTC).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time; a day counts whole.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most authors listed.")] = 20,
    form: FormatOption = Format.table,
) -> None:
    """Rank authors by PageRank over replies, mentions and shares."""
    from insights.influence import Voice, voices

    filters = Filters(
        topics=_values(topic), brands=_values(brand), start=moment(since), end=moment(until, whole_day=True)
    )
    config = configured(context.obj)
    with opened(config) as store:
        found = voices(store, filters, limit=limit, brands=config.brands)
    records: list[dict[str, Any]] = [asdict(voice) for voice in found.people]
    columns = list(VOICE_COLUMNS) if form is Format.table else [field.name for field in fields(Voice)]
    print_records(records, columns, form)
    if found.without_author:
        say(f"{found.without_author:,} of {found.posts:,} posts have no known author and could not be ranked")


def moment(text: str | None, *, whole_day: bool = False) -> datetime | None:
    """Return a day or time of the command line in UTC; as an end, a day counts whole.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day or time; write 2019-11-25 or 2019-11-25T08:00") from None
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return value + timedelta(days=1) if whole_day and len(text) <= len("2019-11-25") else value


def _values(texts: Sequence[str] | None) -> tuple[str | None, ...]:
    return tuple(None if text == "unknown" else text for text in texts or ())


def _split(names: Sequence[str] | None) -> list[str]:
    return [name.strip() for group in names or () for name in group.split(",")]


def _one_of(value: str, allowed: Sequence[str], what: str) -> str:
    if value not in allowed:
        raise InputError(f"there is no {what} {value!r}; there are: {', '.join(allowed)}")
    return value
