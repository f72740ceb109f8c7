"""Label lines of JSON: the black box that others build on. Same order out as in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TextIO

from collectors.records.stream import json_records
from domain.documents import to_document
from domain.enrichment import LABELS
from domain.errors import RecordUnreadable
from domain.pages import paged
from domain.post import Post
from nlp.enrich import TextEnricher
from transport.foreign import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from collectors.records.stream import Record
    from domain.config import Brand, NlpSettings
    from domain.enrichment import Enrichment

_SHOWN: Final = (*LABELS, "brands", "places")
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def analyse(
    stream: BinaryIO,
    name: str,
    target: TextIO,
    settings: NlpSettings,
    brands: Sequence[Brand],
    tell: Callable[[RecordUnreadable], None],
) -> int:
    """Label every line of a stream; return how many were broken. `tell` hears of each of them."""
    enricher = TextEnricher(settings, brands)
    broken = 0
    for readings in paged(json_records(stream, name), settings.batch_size):
        page: list[tuple[Any, Post]] = []
        for reading in readings:
            try:
                page.append(_post(reading))
            except RecordUnreadable as error:
                tell(error)
                broken += 1
        enrichments = enricher.enrich([post for _, post in page])
        rows = (labelled(given, enrichment) for (given, _), enrichment in zip(page, enrichments, strict=True))
        target.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        target.flush()
    return broken


def labelled(given: Any, enrichment: Enrichment) -> dict[str, Any]:
    """Return one line of output; `given` is the id as it came in."""
    document = to_document(enrichment)
    return {
        "id": given,
        **{key: _without_model(document[key]) for key in _SHOWN if key in document},
        "model": document["sentiment"]["model"],
    }


def _without_model(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_model(item) for item in value]
    return {key: item for key, item in value.items() if key != "model"} if isinstance(value, dict) else value


def _post(reading: Record | RecordUnreadable) -> tuple[Any, Post]:
    if isinstance(reading, RecordUnreadable):
        raise reading
    given, text = reading.values.get("id"), reading.values.get("text")
    if not isinstance(given, str | int) or given == "":
        raise RecordUnreadable(reading.where, "there is no id")
    if not isinstance(text, str):
        raise RecordUnreadable(reading.where, "there is no text")
    lang = reading.values.get("lang")
    source = reading.values.get("source")
    with recorded(reading.where):
        post = Post(
            source=source if isinstance(source, str) and source else "line",
            native_id=str(given),
            text=text,
            created_at=_NO_TIME,
            lang=lang if isinstance(lang, str) else None,
        )
    return given, post
