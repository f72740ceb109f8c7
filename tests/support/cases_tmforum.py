"""The case of the contract suite: a system of the operator's that lists its alarms over TM Forum Open APIs."""

from __future__ import annotations

from datetime import datetime
from random import Random

from tests.support.cases_forums import JSON, LATER, SECRET, moment, says
from tests.support.misbehaving import Says


class FakeTmForum:
    """Lists with offsets, filters by time, and totals. It gives 40 records at most, and then says 206.

    What changes moves to the end of a list. Where it is `unruly` the total is wrong, some records come twice and the
    order is none that anybody knows.
    """

    def __init__(self, server, path="/tmf-api/alarmManagement/v4/alarm"):
        self.path = path
        self.records = {}
        self.repeats = self.unruly = self.filters_nothing = False
        self.chance = Random(0)
        self.shown = f"Bearer {SECRET}"
        server.answer = self.answer

    def add(self, number, **changes):
        """Add an alarm or change it: it is then the last of the list."""
        known = self.records.pop(number, {})
        self.records[number] = {
            "id": number,
            "@type": "Alarm",
            "state": "raised",
            "alarmType": "communicationsAlarm",
            "perceivedSeverity": "major",
            "specificProblem": f"No signal, day {number}",
            "alarmRaisedTime": moment(number),
            "alarmedObject": {"id": "ncgi:234-15:0a1b2c3d4"},
            "vendorExtension": {"of": ["another", "shape"]},
            **known,
        } | changes

    def answer(self, asked):
        if asked.headers.get("authorization") != self.shown:
            return Says(status=401, headers=JSON, body=b"{}")
        if asked.path != self.path:
            return Says(status=404, headers=JSON, body=b"{}")
        found = [record for record in self.records.values() if self._is_asked_for(record, asked.query)]
        total = len(found)
        if self.unruly:
            found.sort(key=lambda record: str(record["id"])[::-1])
            total = self.chance.choice([0, 10**6, total])
        start = 0 if self.repeats else int(asked.query.get("offset", 0))
        most = min(int(asked.query["limit"]), 40)
        page = found[start : start + most]
        answer = says([*page, *page[:3]] if self.unruly else page)
        is_part = len(page) < len(found)
        headers = {"X-Total-Count": str(total), "X-Result-Count": str(len(page))}
        return Says(status=206 if is_part else 200, headers=answer.headers | headers, body=answer.body)

    def _is_asked_for(self, record, query):
        since = {name.removesuffix(".gte"): text for name, text in query.items() if name.endswith(".gte")}
        if self.filters_nothing:
            return True
        return all(
            name in record and datetime.fromisoformat(str(record[name])) >= datetime.fromisoformat(text)
            for name, text in since.items()
        )


class TmForumCase:
    """Alarms of the operator's network."""

    kind = "tmforum"
    other = ("resources", ["alarm", "serviceProblem"])
    stored, said = "events", "title"
    key = b"a key for tests"
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeTmForum(server)
        self.settings = {"url": server.url, "resources": ["alarm"], "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_TOKEN": SECRET}

    def begin(self, _clock):
        self.fake.unruly = True

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, id={"of": "another shape"})

    def edit(self, number, text):
        self.fake.add(number, specificProblem=text, alarmChangedTime=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def number_of(self, item):
        return int(item.id.removeprefix("alarm:"))
