"""Articles that the news index of the GDELT Project knows: address and title, no text.

A request shows at most 250 articles, so a stretch of time with as many is halved until there are fewer;
then the next older one is asked for, twice as long. What goes wrong is said in plain words with status
200: being too fast, and being wrong, which no waiting mends. Nothing is said of articles that are gone.

An article's own words are its publisher's: the index searches them and does not give them out, and each
publisher has terms of its own for who fetches them. So brands are looked for in titles alone. What names
a brand further down comes with the setting `everything`, and is stored as being about no brand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from collectors.parsing.values import attributes, clean_text, parse_time
from collectors.polling.pagination import SearchedSettings, SourcePage, read_each
from collectors.search.dialects import gdelt as gdelt_requests
from domain.documents import instant, parse_instant
from domain.errors import RecordUnreadable, SourceBusy, SourceRefused
from domain.post import Author, Post
from domain.setting import setting
from domain.terms import Terms
from transport.foreign import read_json_text
from transport.http import JSON_TYPES, Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from collectors.polling.pagination import Polled, Position
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock
    from transport.http import Reply, Web

SOURCE: Final = "gdelt"
TERMS: Final = Terms()
MOST: Final = 250
REACH: Final = timedelta(days=90)
"""How far back the index goes: about three months."""
SHORTEST: Final = timedelta(minutes=15)
"""The index is filled every 15 minutes; nothing shorter can be asked for to any use."""
PACE_S: Final = 6.0
VIA: Final = "The GDELT Project, https://www.gdeltproject.org"
_PLAIN: Final = ("text/html", "text/plain")
_WRONG: Final = re.compile(r"too (short|long|common)|invalid|unsupported|must be|may only", re.IGNORECASE)
_STRAY: Final = re.compile(rb'(\\["\\/bfnrtu])|\\')
_TRACKING: Final = re.compile(r"utm_|fbclid$|gclid$|mc_[ce]id$|igshid$|ref_src$")
_LANGUAGES: Final[Mapping[str, str]] = dict(
    re.findall(
        r"(\w+) (\w\w)",
        "Arabic ar Bengali bn Bulgarian bg Catalan ca Chinese zh Croatian hr Czech cs Danish da Dutch nl English en "
        "Estonian et Finnish fi French fr German de Greek el Hebrew he Hindi hi Hungarian hu Indonesian id Italian it "
        "Japanese ja Korean ko Latvian lv Lithuanian lt Malay ms Norwegian no Persian fa Polish pl Portuguese pt "
        "Romanian ro Russian ru Serbian sr Slovak sk Slovenian sl Spanish es Swedish sv Tamil ta Thai th Turkish tr "
        "Ukrainian uk Urdu ur Vietnamese vi",
    )
)


@dataclass(frozen=True, kw_only=True)
class GdeltSettings(SearchedSettings):
    """A search of the index in the configuration."""

    api: str = setting(default="https://api.gdeltproject.org", help="Where the interface is")


class Articles:
    """What one search finds."""

    newest_first = True

    def __init__(self, query: str, settings: GdeltSettings, clock: Clock) -> None:
        self.key = query
        self._settings = settings
        self._clock = clock

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return the articles of a stretch of time, and which stretch comes next."""
        now = self._clock.now()
        oldest = max(since, now - REACH)
        end = parse_instant(position["end"]) if position else now
        length = timedelta(seconds=position["length_s"]) if position else end - oldest
        start = max(end - length, oldest)
        params = {
            "query": self.key,
            "mode": "artlist",
            "format": "json",
            "maxrecords": str(MOST),
            "sort": "datedesc",
            "startdatetime": f"{start:%Y%m%d%H%M%S}",
            "enddatetime": f"{end:%Y%m%d%H%M%S}",
        }
        url = f"{self._settings.api}/api/v2/doc/doc"
        request = Request(url=url, types=(*JSON_TYPES, *_PLAIN), params=params, pace_s=PACE_S)
        articles = web.read(request, _articles)
        found = read_each(articles, to_post, f"{SOURCE} article", key="url")
        if len(articles) >= MOST and length > SHORTEST:
            return SourcePage(found=found, next=_position(end, (end - start) / 2))
        if len(articles) >= MOST:
            reason = f"{MOST} articles or more up to here since {instant(start)}; the others are not shown"
            found.append(RecordUnreadable(f"{SOURCE} {instant(end)}", reason))
        return SourcePage(found=found, next=_position(start, 2 * length) if start > oldest else None)


def gdelt(opening: SourceContext) -> Polled:
    """Open the searches for the brands. An article that names a brand in its text only is left out."""
    settings: GdeltSettings = opening.settings
    searches = [Articles(query, settings, opening.clock) for query in opening.searches(gdelt_requests)]
    return opening.polled(SOURCE, searches, TERMS, only_wanted=not settings.everything)


def to_post(article: Mapping[str, Any]) -> Post:
    """Return the post that an article of the index tells of, dated when the index saw it."""
    title = clean_text(article["title"]).strip()
    if not title:
        raise ValueError("no title")
    url, domain = clean_text(article["url"]).strip(), clean_text(article.get("domain") or "")
    kept = {"language": article.get("language"), "country": article.get("sourcecountry"), "via": VIA}
    return Post(
        source=SOURCE,
        native_id=normal_address(url),
        text=title,
        created_at=parse_time(article["seendate"]),
        url=url,
        author=Author(id=domain, name=domain) if domain else None,
        lang=_LANGUAGES.get(article.get("language") or ""),
        attributes=attributes(kept),
    )


def normal_address(url: str) -> str:
    """Return what is the same in all addresses of an article: no scheme, no `www.`, no fragment, no tracking.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("no address")
    host = parts.hostname.removeprefix("www.") + (f":{parts.port}" if parts.port not in {None, 80, 443} else "")
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(key)]
    return f"{host}{parts.path.rstrip('/')}{f'?{urlencode(query)}' if query else ''}"


def _position(end: datetime, length: timedelta) -> Position:
    return {"end": instant(end), "length_s": max(length, SHORTEST).total_seconds()}


def _articles(reply: Reply) -> list[Any]:
    """Return the articles of an answer; words instead of JSON are an error, mostly that we are too fast."""
    try:
        # Titles come with stray backslashes and line breaks in them.
        answer = read_json_text(_STRAY.sub(lambda one: one[1] or rb"\\", reply.body), strict=False)
    except ValueError:
        words = "" if reply.content_type not in _PLAIN else reply.body[:200].decode("utf-8", "replace")
        if _WRONG.search(words) and not words.lstrip().startswith("<"):
            raise SourceRefused(f"{SOURCE} does not take the request: {clean_text(words).strip()[:100]}") from None
        raise SourceBusy(
            f"{SOURCE} answered with words instead of articles; mostly that is too many requests"
        ) from None
    articles = answer.get("articles", []) if isinstance(answer, dict) else None
    if not isinstance(articles, list):
        raise SourceRefused(f"{SOURCE} answered with something that is not a list of articles")
    return articles
