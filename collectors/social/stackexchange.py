"""Questions on a site of the Stack Exchange network that a search finds, those that moved last first.

An edit or a new answer moves a question, so both are noticed. Texts are under CC BY-SA: author, link and
licence stay with them. Answers are not searched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.markup import html_to_text
from collectors.parsing.values import as_count, as_id, as_second, as_text, attributes, clean, parse_time
from collectors.polling.pagination import SearchedSettings, SourcePage, gone, older, read_each
from collectors.search.dialects import stack_exchange
from domain.errors import SourceBusy, SourceRefused
from domain.post import Author, Deletion, Metrics, Post
from domain.setting import Secret, setting
from domain.terms import Recheck, Terms
from transport.foreign import read_json_text
from transport.http import JSON_TYPES, Request, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from transport.http import Reply, Web

SOURCE: Final = "stackexchange"
TERMS: Final = Terms(rechecks=(Recheck(every=timedelta(days=30)),))
PAGE_SIZE: Final = 100
NOTHING_LEFT_S: Final = 3600.0
"""How long to rest where the day's requests are used up; the interface does not say until when."""
_BUSY: Final = frozenset({"throttle_violation", "temporarily_unavailable", "internal_error"})
_SECONDS: Final = re.compile(r"(\d{1,9}) seconds")


@dataclass(frozen=True, kw_only=True)
class StackExchangeSettings(SearchedSettings):
    """A search of a site in the configuration."""

    site: str = setting(help="Name of the site, as superuser or serverfault")
    key: Secret | None = setting(default=None, help="Key, for 10,000 requests a day and not 300 (environment only)")
    api: str = setting(default="https://api.stackexchange.com", help="Where the interface is")


class Questions:
    """What one search finds."""

    source = SOURCE
    newest_first = True
    recheck_size = PAGE_SIZE

    def __init__(self, query: str, settings: StackExchangeSettings) -> None:
        self.key = f"{settings.site} {query}"
        self.instance = settings.site
        self._query = query
        self._settings = settings

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the questions that moved last up to a position."""
        before = int(position["before"]) if position else None
        sorting = {"sort": "activity", "order": "desc", "min": str(int(since.timestamp()))}
        upper = {} if before is None else {"max": str(before)}
        answer = self._ask(web, "/search/advanced", {"q": self._query, **sorting, **upper})
        found = self._found(answer["items"])
        times = [as_second(_value(one, "last_activity_date")) for one in answer["items"]]
        moved = [time for time in times if time is not None]
        more = answer.get("has_more") is True and moved
        return SourcePage(
            found=found,
            next={"before": older(moved, before)} if more else None,
            moved=datetime.fromtimestamp(max(moved), tz=UTC) if moved else None,
        )

    def recheck(self, web: Web, native_ids: Sequence[str]) -> Sequence[Found]:
        """Return questions as they are now, and deletions for those that are no longer shown."""
        answer = self._ask(web, f"/questions/{';'.join(native_ids)}", {})
        missing = gone(native_ids, [_value(one, "question_id") for one in answer["items"]])
        deletions = [Deletion(source=SOURCE, instance=self.instance, native_id=one) for one in missing]
        return [*self._found(answer["items"]), *deletions]

    def _found(self, questions: Sequence[Any]) -> list[Found]:
        what = f"{SOURCE} {self.instance} question"
        return read_each(questions, lambda one: to_post(one, site=self.instance), what, key="question_id")

    def _ask(self, web: Web, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return an answer's wrapper, and rest where it asks for that."""
        key = {"key": self._settings.key.reveal()} if self._settings.key else {}
        request = Request(
            url=f"{self._settings.api}/2.3{path}",
            types=JSON_TYPES,
            params={"site": self.instance, "filter": "withbody", "pagesize": str(PAGE_SIZE), **params, **key},
            also=(400,),
        )
        answer = web.read(request, _wrapper)
        rest_s = float(as_count(answer.get("backoff")) or 0)
        if answer.get("quota_remaining") == 0:
            rest_s = max(rest_s, NOTHING_LEFT_S)
        if rest_s:
            web.rest(request, rest_s)
        return answer


def stackexchange(opening: SourceContext) -> Polled:
    """Open the searches for the brands on a site."""
    settings: StackExchangeSettings = opening.settings
    searches = [Questions(query, settings) for query in opening.searches(stack_exchange)]
    return opening.polled(SOURCE, searches, TERMS, only_wanted=not settings.everything)


def to_post(question: Mapping[str, Any], *, site: str) -> Post:
    """Return the post that a question tells of."""
    created_at, edited = parse_time(question["creation_date"]), question.get("last_edit_date")
    owner = question.get("owner") or {}
    # Of a deleted account only the name is left.
    name = html_to_text(owner.get("display_name") or "") or None
    author_id = as_text(owner.get("user_id")) or name
    kept = {
        "tags": ", ".join(question.get("tags") or ()),
        "author_url": owner.get("link"),
        "license": question.get("content_license") or "CC BY-SA",
    }
    return Post(
        source=SOURCE,
        instance=site,
        native_id=as_id(question["question_id"]),
        text=html_to_text(question["body"]),
        title=html_to_text(question["title"]) or None,
        created_at=created_at,
        edited_at=parse_time(edited) if edited else None,
        url=question["link"],
        author=Author(id=author_id, name=name) if author_id else None,
        metrics=Metrics(
            likes=as_count(question.get("score")),
            replies=as_count(question.get("answer_count")),
            views=as_count(question.get("view_count")),
        ),
        attributes=clean(attributes(kept)),
    )


def _wrapper(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        # What is wrong is said by the error's own document: the status is 400 whatever it is.
        try:
            error = read_json_text(reply.body)
        except ValueError:
            error = None
        name = as_text(_value(error, "error_name")) or "an error without a name"
        seconds = _SECONDS.search(str(_value(error, "error_message")))
        if name in _BUSY:
            raise SourceBusy(f"{SOURCE} answered {name}", retry_after_s=float(seconds[1]) if seconds else None)
        raise SourceRefused(f"{SOURCE} answered {name[:80]}: it refuses the request")
    answer = read_json(reply)
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        raise SourceRefused(f"{SOURCE} answered with something that is not a list of questions")
    return answer


def _value(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None
