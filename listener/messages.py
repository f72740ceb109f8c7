"""What came in a request, told apart and named: notifications of TM Forum hubs, CloudEvents, anything else."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from domain.received import Received
from listener.refusal import RequestRefused
from transport.foreign import TooDeep, read_json_text, refuse_constant

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
BATCHED: Final = "application/cloudevents-batch+json"
MOST_IN_BATCH: Final = 1_000
BASE64: Final = ";base64"
"""What the content type of a body ends in that was not text."""
_REQUIRED: Final = ("id", "source", "specversion", "type")
_NAMED_BY: Final = ("webhook-id", "idempotency-key")
"""Headers in which those who push say what they call it."""


def notification(headers: Mapping[str, str], body: bytes, event_name: str) -> Received:
    """Return a notification of a TM Forum hub; `event_name` is how its path calls it, empty where it does not.

    Hubs that both count from one are told apart by the kind and the time of what they tell.

    Raises:
        RequestRefused: it is not a JSON object.
    """
    media_type = _media_type(headers)
    if media_type != JSON and not media_type.endswith("+json"):
        raise RequestRefused(415, f"Content-Type must be {JSON}")
    payload = _object(_json(body))
    if event_name and not payload.get("eventType"):
        payload["eventType"] = event_name[0].upper() + event_name[1:]
    event_id = payload.get("eventId")
    system = payload.get("reportingSystem") or payload.get("source")
    system = system.get("id") or system.get("name") if isinstance(system, dict) else system
    named = event_id not in {None, ""} if isinstance(event_id, str | int | None) else False
    key = (event_id, payload.get("eventType"), payload.get("eventTime")) if named else (digest(body),)
    return Received(
        form="tmforum",
        source=_text(system),
        key=tuple(map(_text, key)),
        type=_text(payload.get("eventType")),
        body=json.dumps(payload),
        content_type=JSON,
    )


def cloud_events(headers: Mapping[str, str], body: bytes) -> list[Received]:
    """Return CloudEvents 1.0, of the binary, the structured or the batched mode, as the content type says.

    Raises:
        RequestRefused: one of them is none; then none of a batch is taken.
    """
    media_type = _media_type(headers)
    if media_type == BATCHED:
        batch = _json(body)
        if not isinstance(batch, list):
            raise RequestRefused(400, "a batch is a JSON array of events")
        if len(batch) > MOST_IN_BATCH:
            raise RequestRefused(413, f"a batch has more than {MOST_IN_BATCH} events")
        return [_cloud_event(event, f"event {number} of the batch: ") for number, event in enumerate(batch)]
    if media_type == STRUCTURED:
        return [_cloud_event(_json(body), "")]
    if "ce-specversion" not in headers:
        raise RequestRefused(415, f"Content-Type must be {STRUCTURED} or {BATCHED}, or the attributes headers (ce-id)")
    event: dict[str, Any] = {
        name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    if media_type:
        event["datacontenttype"] = media_type
    if body and (media_type in {"", JSON} or media_type.endswith("+json")):
        event["data"] = _json(body)
    elif body:
        event["data_base64"] = base64.b64encode(body).decode()
    return [_cloud_event(event, "")]


def webhook(headers: Mapping[str, str], body: bytes, source: str) -> Received:
    """Return anything that somebody pushes; what nobody named is named by its bytes."""
    name = next((headers[header] for header in _NAMED_BY if headers.get(header)), digest(body))
    content_type = headers.get("content-type", "application/octet-stream")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text, content_type = base64.b64encode(body).decode(), content_type + BASE64
    return Received(form="webhook", source=source, key=(name,), body=text, content_type=content_type)


def digest(body: bytes) -> str:
    """Return what a body is called that has no name."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _cloud_event(value: Any, where: str) -> Received:
    event = _object(value, where)
    missing = [name for name in _REQUIRED if not (isinstance(event.get(name), str) and event[name])]
    if missing:
        raise RequestRefused(400, f"{where}the attribute {missing[0]} is missing or not a text")
    if event["specversion"] != "1.0":
        raise RequestRefused(400, f"{where}specversion must be 1.0")
    return Received(
        form="cloudevent",
        source=event["source"],
        key=(event["id"],),
        type=event["type"],
        body=json.dumps(event),
        content_type=STRUCTURED,
    )


def _json(body: bytes) -> Any:
    try:
        return read_json_text(body, constant=refuse_constant)
    except TooDeep as error:
        raise RequestRefused(400, f"the JSON is {error}") from None
    except ValueError:
        # What the decoder says may quote the body.
        raise RequestRefused(400, "the body is not JSON") from None


def _object(value: Any, where: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RequestRefused(400, f"{where}it must be a JSON object")
    return value


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
