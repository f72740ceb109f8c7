"""What a brand's expression would catch among the latest stored posts, what it would miss, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.errors import InputError
from domain.pages import paged
from domain.questions import Filters, Page
from insights.statistics.intervals import Interval, share_interval
from nlp.clean import titled
from textquery.brands import BrandMatcher
from textquery.evaluate import matches
from textquery.explain import holds_any, is_close, listed, why_met, why_missed
from textquery.parser import phrase
from textquery.words import spoken, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.enrichment import Model, Trait
    from domain.ports import Store
    from textquery.brands import BrandQuery

FIELDS: Final = ("id", "title", "text", "created_at", "source")
MOST_READ: Final = 400
"""Caught posts that the model reads; of more, every n-th is read."""
TOGETHER: Final = 128
"""Texts that the model reads at once."""
_MOMENT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A stored post. `telecom`: whether it is about telecoms, where that was read; `found`: what of the
    expression it has; `reason`: why it was missed.

    `close` says that it was missed for NOT, NEAR or an ambiguous word alone.
    """

    post: Document
    telecom: Trait | None = None
    found: str = ""
    reason: str = ""
    close: bool = True


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """How much of what was caught is about telecoms: the model's word for it, on `read` posts."""

    model: Model
    read: int
    mean: float
    about: int
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an expression does with the posts from `start` to `end`, both included; newest first."""

    start: datetime
    end: datetime
    posts: int
    caught: tuple[Seen, ...]
    missed: tuple[Seen, ...]

    @property
    def read(self) -> tuple[Seen, ...]:
        """The caught posts that the model read."""
        return tuple(seen for seen in self.caught if seen.telecom is not None)

    @property
    def relevance(self) -> Relevance | None:
        """How relevant the caught posts are; None where there are none."""
        read = [seen.telecom for seen in self.read if seen.telecom is not None]
        about = sum(one.holds for one in read)
        interval = share_interval(about, len(read))
        if interval is None:
            return None
        mean = sum(one.probability for one in read) / len(read)
        return Relevance(model=read[0].model, read=len(read), mean=mean, about=about, interval=interval)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why posts were missed and how many, those that were close first."""
        close = {seen.reason for seen in self.missed if seen.close}
        counted = Counter(seen.reason for seen in self.missed)
        return sorted(counted.items(), key=lambda item: (item[0] not in close, -item[1], item[0]))

    def misses(self, limit: int) -> list[Seen]:
        """Return missed posts, one of each reason after another."""
        waiting = {reason: [seen for seen in self.missed if seen.reason == reason] for reason, _ in self.reasons}
        shown: list[Seen] = []
        while len(shown) < limit and any(waiting.values()):
            shown += [queue.pop(0) for queue in waiting.values() if queue]
        return shown[:limit]


def preview(
    store: Store,
    asked: BrandQuery,
    read: Callable[[Sequence[str]], list[Trait]],
    *,
    hours: float,
    tell: Callable[[float], None] = lambda _: None,
) -> Preview:
    """Apply what a brand is listened for by to the last hours of the stored posts, as it would name them.

    `read` tells of texts whether they are about telecoms; `tell` hears which share of them is done, 0 to 1.

    Raises:
        InputError: there are no posts.
    """
    newest = store.search(Filters(), order="newest", page=Page(limit=1)).documents
    if not newest:
        raise InputError("there are no posts to try an expression on yet; collect some first")
    end = parse_instant(newest[0]["created_at"])
    start = end - timedelta(hours=hours)
    posts, caught, doubtful, missed = 0, [], [], []
    matcher, query = BrandMatcher([asked]), asked.whole
    for post in store.scan("posts", filters=Filters(start=start, end=end + _MOMENT), fields=FIELDS):
        posts += 1
        written = whole(post.get("title"), post["text"])
        text = matcher.read(spoken(written))
        named = matcher.find(text, written)
        if named.certain:
            caught.append(Seen(post=post, found=why_met(query, text)))
        elif named.possible or named.ordinary:
            words = listed(term for term in map(phrase, asked.brand.ambiguous) if term and matches(term, text))
            if named.ordinary:
                missed.append(Seen(post=post, reason=f"{words} is an ordinary word too, and stands there as one"))
                continue
            reason = f"{words} is an ordinary word too, and the text is not about telecoms"
            doubtful.append(Seen(post=post, found=why_met(query, text), reason=reason))
        elif holds_any(query, text):
            missed.append(Seen(post=post, reason=why_missed(query, text), close=is_close(query, text)))
    told = list(_told(doubtful, read, tell))
    caught += [replace(seen, reason="") for seen in told if seen.telecom and seen.telecom.holds]
    missed += [seen for seen in told if seen.telecom and not seen.telecom.holds]
    # The model reads a fair draw of what was caught.
    step = max(1, -(-len(caught) // MOST_READ))
    numbered = list(enumerate(_newest_first(caught)))
    rest = [replace(seen, telecom=None) for number, seen in numbered if number % step]
    caught = [*_told([seen for number, seen in numbered if number % step == 0], read, tell), *rest]
    return Preview(start=start, end=end, posts=posts, caught=_newest_first(caught), missed=_newest_first(missed))


def _newest_first(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    return tuple(sorted(seen, key=lambda one: (one.post["created_at"], one.post["id"]), reverse=True))


def _told(
    seen: Sequence[Seen], read: Callable[[Sequence[str]], list[Trait]], tell: Callable[[float], None]
) -> Iterator[Seen]:
    """Yield posts with whether they are about telecoms."""
    yield from (one for one in seen if one.telecom is not None)
    done = 0
    for page in paged([one for one in seen if one.telecom is None], TOGETHER):
        traits = read([titled(one.post.get("title"), one.post["text"]) for one in page])
        done += len(page)
        tell(done / len(seen))
        yield from (replace(one, telecom=trait) for one, trait in zip(page, traits, strict=True))
