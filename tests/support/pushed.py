"""What others push, and a listener on the loopback address that takes it."""

import json
from contextlib import contextmanager
from dataclasses import replace

import httpx
from prometheus_client import CollectorRegistry

from domain.config import ListenerSettings
from domain.setting import Secret
from listener.app import Listener, listener_app
from listener.authentication import Authentication
from listener.server import bound, listening_on
from pipeline.clock import SystemClock

TOKEN = "a token of the tests"
SECRET = "a secret of the tests"


@contextmanager
def listening(store, registry=None, **settings):
    """Serve a listener into a store, and give a client of it."""
    for name in ("token", "secret"):
        if name in settings:
            settings[name] = Secret(settings[name])
    made = replace(ListenerSettings(port=0), **settings)
    socket = bound(made.host, made.port)
    listener = Listener(made, Authentication(made), store, SystemClock())
    with (
        listening_on(socket, listener_app(listener, registry or CollectorRegistry())),
        httpx.Client(base_url=f"http://127.0.0.1:{socket.getsockname()[1]}", timeout=60) as client,
    ):
        yield client


def notification(event_id, **fields):
    """Return a notification of a hub."""
    event = {"alarm": {"id": "a1", "state": "raised"}}
    return {"eventId": event_id, "eventType": "AlarmCreateEvent", "eventTime": at(0), "event": event, **fields}


def outage(number, hour=0, **fields):
    """Return a CloudEvent that tells of an outage, as the mapping `events` reads it."""
    data = {"event_id": f"o{number}", "kind": "outage", "title": "No signal", "start": at(0), **fields}
    return {
        "specversion": "1.0",
        "id": f"n{number}",
        "source": "/noc",
        "type": "outage",
        "time": at(hour),
        "data": data,
    }


def at(hour):
    """Return a time of the tests' day."""
    return f"2026-11-20T{hour:02}:00:00.000Z"


def structured(event):
    """Return how httpx is to send a CloudEvent of the structured mode."""
    return {"content": json.dumps(event), "headers": {"Content-Type": "application/cloudevents+json"}}


def inbox(store):
    """Return what is in the inbox, in the order in which it came."""
    return sorted(store.scan("inbox"), key=lambda one: one["order"])
