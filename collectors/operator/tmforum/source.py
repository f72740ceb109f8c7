"""The operator's own systems, asked over TM Forum Open APIs: what changed since the last time, else all there is.

The order of a list is nobody's promise, and it slides while it is read: what is deleted meanwhile pulls the rest
forward. So pages overlap by a tenth; where a page shows nothing of the one before it, the list was not read whole and
the next round reads the same again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from collectors.operator.tmforum.fields import Intake, moment, number_of
from collectors.operator.tmforum.resources import RESOURCES, read_records, where_of
from collectors.operator.tmforum.usage import UsageTotals, day_of
from collectors.parsing.values import brief
from collectors.polling.pagination import MAX_RECORDS, PolledSettings, SourcePage
from domain.documents import canonical_json, instant, parse_instant
from domain.errors import ConfigurationError, RecordUnreadable, SourceRefused
from domain.identity import pseudonym
from domain.setting import Secret, setting
from domain.terms import Terms
from transport.foreign import ODD_SHAPE
from transport.http import JSON_TYPES, Request, read_json
from transport.logins import Login, basic, granted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from collectors.operator.tmforum.resources import Resource
    from collectors.polling.pagination import Found, Polled, Position
    from collectors.polling.source_context import SourceContext
    from domain.ports import Clock
    from transport.http import Web

SOURCE: Final = "tmforum"
_OVERLAP: Final = 10
"""A tenth of a page comes again with the next one."""
_PARTIAL: Final = 206
_LARGEST_PAGE: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class TmForumSettings(PolledSettings):
    """A system of the operator's in the configuration."""

    url: str = setting(help="Address of the server, as https://api.north.example")
    resources: tuple[str, ...] = setting(
        default=("alarm", "serviceProblem"), help=f"What is read: some of {', '.join(sorted(RESOURCES))}"
    )
    version: str = setting(default="v4", help="Version of the interfaces: v4 or v5")
    paths: tuple[str, ...] = setting(
        default=(), help="Where a resource is, if not where the standard has it: alarm=/faults/v4/alarm"
    )
    page_size: int = setting(default=100, help="How many records are asked for at once, at most 1000")
    most: int = setting(default=200_000, help="Most records of one resource that are read in one round")
    filters: bool = setting(default=True, help="Ask for what changed alone; false: read all and choose here")
    select: bool = setting(default=True, help="Ask of people for the fields alone that are read: never for their names")
    region: str = setting(default="", help="Country (ISO 3166) of telephone numbers that are written without one")
    token: Secret | None = setting(default=None, help="Bearer token, where the server wants one (environment only)")
    user: str = setting(default="", help="User, where the server wants a password")
    password: Secret | None = setting(default=None, help="Password of that user (environment only)")
    client_id: str = setting(default="", help="OAuth client, where the server wants its tokens")
    client_secret: Secret | None = setting(default=None, help="Secret of the OAuth client (environment only)")
    login: str = setting(default="", help="Where that client is given tokens")
    scope: str = setting(default="", help="Scope of those tokens")


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """Where the reading of a list is: in which of the fields that tell of changes, and behind how many records.

    `newest` is when what was read changed last, `page` tells the last page from others, `tail` what of it is to come
    again. What `is_torn` was not read whole.
    """

    since: str
    begun: str
    field: int = 0
    offset: int = 0
    newest: str = ""
    page: str = ""
    tail: tuple[str, ...] = ()
    is_torn: bool = False

    @classmethod
    def of(cls, position: Position) -> _Walk:
        return cls(**{**position, "tail": tuple(position.get("tail", ()))})

    def position(self) -> dict[str, Any]:
        return {name: list(value) if name == "tail" else value for name, value in asdict(self).items() if value}

    def after(self, ids: Sequence[str], page: str) -> _Walk:
        """Return where the next page of the same list is."""
        again = min(max(len(ids) // _OVERLAP, 1), len(ids) - 1)
        return replace(self, offset=self.offset + len(ids) - again, page=page, tail=tuple(ids[len(ids) - again :]))


@dataclass(frozen=True)
class _Answer:
    """A page of a list as it came, how many there are in all where the server says so, and whether it says: in part."""

    items: list[Any]
    total: int | None
    is_part: bool

    def is_all(self, size: int) -> bool:
        """Tell whether a server that gives the same page again may know no pages: then this is all that there is."""
        return not self.is_part and len(self.items) != size

    def ends(self, walk: _Walk, ids: Sequence[str], size: int) -> bool:
        """Tell whether no page comes behind this one.

        A server may give fewer than it is asked for, and say so or not; and totals are often wrong. So a list ends
        where nothing new comes, or where all agrees: a short page that is no part, as many as there are in all.
        """
        is_short = len(self.items) < size and not self.is_part
        return set(ids) <= set(walk.tail) or (is_short and self.total == walk.offset + len(ids))


class Access:
    """What a server is shown by who asks: a token of its own or one that is granted, a password, or nothing."""

    def __init__(self, settings: TmForumSettings, clock: Clock) -> None:
        self._settings = settings
        form = {"grant_type": "client_credentials"} | ({"scope": settings.scope} if settings.scope else {})
        shown = {"Authorization": basic(settings.client_id, settings.client_secret or Secret(""))}
        self._login = Login(lambda web: granted(web, settings.login, form, shown), clock)

    def headers(self, web: Web) -> dict[str, str]:
        """Return the headers of a request."""
        settings = self._settings
        if settings.client_id:
            return dict(self._login.headers(web))
        if settings.user:
            return {"Authorization": basic(settings.user, settings.password or Secret(""))}
        return {"Authorization": f"Bearer {settings.token.reveal()}"} if settings.token else {}

    @property
    def account(self) -> str:
        """What the server counts requests by."""
        return self._settings.client_id or self._settings.user


class Resources:
    """All records of one resource of a server."""

    newest_first = True

    def __init__(
        self, resource: Resource, settings: TmForumSettings, access: Access, intake: Callable[[], Intake]
    ) -> None:
        self._resource = resource
        self._settings = settings
        self._access = access
        self._intake = intake
        self._changed = resource.changed_in(settings.version)
        self._url = _address(resource, settings)
        parts = urlsplit(self._url)
        self.key = f"{parts.netloc.rpartition('@')[2]}{parts.path}"

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return a page of the list."""
        intake = self._intake()
        walk = _Walk.of(position) if position else _Walk(since=instant(since), begun=instant(intake.now))
        answer = self._ask(web, walk)
        ids = list(dict.fromkeys(self._told_by(item, intake) for item in answer.items))
        page = pseudonym(intake.key, "page", " ".join(sorted(ids)))
        repeats = bool(ids) and page == walk.page
        if repeats and not answer.is_all(self._settings.page_size):
            raise SourceRefused(f"{self.key} repeats its cursor: the same page twice")
        walk = replace(
            walk,
            is_torn=walk.is_torn or bool(walk.tail and not set(walk.tail) & set(ids)),
            newest=max([walk.newest, *(self._moved(item) for item in answer.items)]),
        )
        found = self._found([one for one in answer.items if (self._moved(one) or walk.since) >= walk.since], intake)
        if repeats or answer.ends(walk, ids, self._settings.page_size):
            return self._at_end(walk, found)
        if walk.offset + len(ids) >= self._settings.most:
            reason = f"there are more than {self._settings.most} of them; the rest is not read"
            return SourcePage(found=[*found, RecordUnreadable(self.key, reason)])
        return SourcePage(found=found, next=walk.after(ids, page).position())

    def _found(self, items: Sequence[Any], intake: Intake) -> list[Found]:
        """Return what the records of a page come to."""
        found: list[Found] = []
        for item in items:
            try:
                found += read_records(self._resource, item, intake)
            except RecordUnreadable as error:
                found.append(error)
        return found

    def _at_end(self, walk: _Walk, found: list[Found]) -> SourcePage:
        if walk.field + 1 < len(self._changed) and self._settings.filters:
            following = replace(walk, field=walk.field + 1, offset=0, page="", tail=())
            return SourcePage(found=found, next=following.position())
        # What changed while the list was read may have been missed.
        reached = min(walk.newest, walk.begun) if walk.newest and not walk.is_torn else ""
        return SourcePage(found=found, reached=parse_instant(reached) if reached else None)

    def _ask(self, web: Web, walk: _Walk) -> _Answer:
        settings = self._settings
        params = {"offset": str(walk.offset), "limit": str(settings.page_size)}
        if self._changed and settings.filters:
            params[f"{self._changed[walk.field]}.gte"] = walk.since
        if self._resource.fields and settings.select:
            params["fields"] = ",".join(self._resource.fields)
        request = Request(
            url=self._url,
            types=JSON_TYPES,
            params=params,
            headers={**self._access.headers(web), "Accept": JSON_TYPES[0]},
            also=(_PARTIAL,),
            account=self._access.account,
        )
        items, reply = web.read(request, lambda reply: (read_json(reply), reply))
        if not isinstance(items, list):
            raise SourceRefused(f"{self.key} answered with something that is not a list")
        if len(items) > MAX_RECORDS:
            raise SourceRefused(f"{self.key} answered with more than {MAX_RECORDS} records")
        total = reply.headers.get("x-total-count", "")
        is_number = total.isascii() and total.isdigit() and len(total) < 12
        return _Answer(items, int(total) if is_number else None, is_part=reply.status == _PARTIAL)

    def _told_by(self, item: Any, intake: Intake) -> str:
        """Return what tells a record from others in a cursor, where no customer's number may stand."""
        number = number_of(item) if isinstance(item, dict) else None
        return pseudonym(intake.key, "listed", number or canonical_json(item))[:8]

    def _moved(self, item: Any) -> str:
        """Return when a record changed, nothing of one that does not say."""
        times = [at for name in self._changed if (at := moment(item, name))]
        return instant(max(times)) if times else ""


class DailyUsage(Resources):
    """The records of usage, as totals of whole days; a list that was not read to its end is read anew."""

    _totals = UsageTotals()

    def page(self, web: Web, position: Position | None, since: datetime, /) -> SourcePage:
        """Return a page: what could not be read of the list, and behind its end the totals."""
        if position is None:
            self._totals = UsageTotals()
        return replace(super().page(web, position, day_of(since)), lasting=False)

    def _found(self, items: Sequence[Any], intake: Intake) -> list[Found]:
        found: list[Found] = []
        for item in items:
            try:
                self._totals.add(item, intake)
            except ODD_SHAPE as error:
                found.append(RecordUnreadable(where_of(self._resource, item, intake), type(error).__name__))
        return found

    def _at_end(self, walk: _Walk, found: list[Found]) -> SourcePage:
        return super()._at_end(walk, [*found, *self._totals.records(self._intake())])


def tmforum(opening: SourceContext) -> Polled:
    """Open a system of the operator's.

    Raises:
        ConfigurationError: there is no key for pseudonyms, or a setting names what there is not.
    """
    settings: TmForumSettings = opening.settings
    for fault in _faults(settings, opening.key):
        raise ConfigurationError(f"{opening.where}: {fault}")
    access = Access(settings, opening.clock)

    def intake() -> Intake:
        return Intake(key=opening.key, now=opening.clock.now(), region=settings.region)

    # In the order in which they refer to each other.
    chosen = [resource for name, resource in RESOURCES.items() if name in settings.resources]
    listings = [
        (DailyUsage if resource.name == "usage" else Resources)(resource, settings, access, intake)
        for resource in chosen
    ]
    polled = opening.polled(SOURCE, listings, Terms(), only_wanted=False)
    polled.listens = False
    return polled


def _faults(settings: TmForumSettings, key: bytes) -> Iterator[str]:
    """Yield what is wrong with the settings."""
    if not key:
        yield "the key of the customers' pseudonyms is empty; set EARSHOT_PSEUDONYM_KEY"
    if settings.version not in {"v4", "v5"}:
        yield "version must be v4 or v5"
    for name in [*settings.resources, *(one.partition("=")[0].strip() for one in settings.paths)]:
        if name not in RESOURCES:
            yield f"{brief(name)} is none of {', '.join(sorted(RESOURCES))}"
    if not settings.resources:
        yield "resources names nothing to read"
    if not all(one.partition("=")[2].strip() for one in settings.paths):
        yield "paths are written as alarm=/faults/v4/alarm"
    if not 2 <= settings.page_size <= _LARGEST_PAGE:
        yield f"page_size must be from 2 to {_LARGEST_PAGE}"
    if settings.client_id and not (settings.login and settings.client_secret):
        yield "client_id needs client_secret and login, where its tokens are given"
    if settings.user and not settings.password:
        yield "user needs password"


def _address(resource: Resource, settings: TmForumSettings) -> str:
    """Return where a resource is: where the settings say, else where the standard does."""
    path = resource.path(settings.version)
    for one in settings.paths:
        name, _, elsewhere = one.partition("=")
        if name.strip() == resource.name:
            path = elsewhere.strip()
    return path if "://" in path else f"{settings.url.rstrip('/')}/{path.strip('/')}"
