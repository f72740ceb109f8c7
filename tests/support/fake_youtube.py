"""YouTube's Data API as the tests need it: channels, uploads, searches, comments newest first, errors in the body."""

from __future__ import annotations

import json

from tests.support.cases_forums import JSON, SECRET, moment
from tests.support.misbehaving import Says


def comment(number, **snippet):
    """Return a comment as YouTube tells it."""
    told = {
        "textDisplay": f"No signal, day {number}",
        "authorDisplayName": "@ann",
        "authorChannelId": {"value": "UC9"},
        "likeCount": 2,
        "publishedAt": moment(number),
        "updatedAt": moment(number),
    }
    return {"kind": "youtube#comment", "id": f"Ug{number}", "snippet": told | snippet}


def refusal(status, reason):
    """Return an error."""
    error = {"code": status, "message": "no", "errors": [{"reason": reason, "domain": "youtube", "message": "no"}]}
    return Says(status=status, headers=JSON, body=json.dumps({"error": error}).encode())


class FakeYouTube:
    """`videos` are snippets by id, `comments` those under each video, `replies` those to each comment. `refuses` says
    what is answered instead for a path, or for the comments under a video. Page tokens begin with `tokens`."""

    def __init__(self, server):
        self.videos = {}
        self.comments = {}
        self.replies = {}
        self.refuses = {}
        self.embedded = 0
        self.tokens = "1."
        self.repeats = False
        server.answer = self.answer

    def expire(self):
        """Let all page tokens that were given expire."""
        self.tokens = f"{int(self.tokens[:-1]) + 1}."

    def add_video(self, native_id, title="North Mobile at home", channel="UCnorth", number=0):
        self.videos[native_id] = {"title": title, "channelId": channel, "publishedAt": moment(number)}
        self.comments.setdefault(native_id, {})

    def add(self, native_id, *comments):
        self.comments[native_id] |= {one["id"]: one for one in comments}

    def reply(self, parent, *comments):
        told = [one | {"snippet": one["snippet"] | {"parentId": parent}} for one in comments]
        self.replies.setdefault(parent, {}).update({one["id"]: one for one in told})

    def answer(self, asked):
        path, query = asked.path.removeprefix("/"), asked.query
        if query.get("key") != SECRET:
            return refusal(400, "badRequest")
        refused = self.refuses.get(query.get("videoId") or path) or self.refuses.get(path)
        return refused or getattr(self, f"_{path}")(query)

    def _channels(self, query):
        told = [{"id": one, "contentDetails": {"relatedPlaylists": {"uploads": f"UU{one[2:]}"}}} for one in ids(query)]
        # Where there is nothing, the list is missing.
        return listed({"items": told} if told else {})

    def _playlistItems(self, query):  # noqa: N802 - named as the interface names it
        told = [
            {"snippet": snippet, "contentDetails": {"videoId": native_id, "videoPublishedAt": snippet["publishedAt"]}}
            for native_id, snippet in self.videos.items()
            if snippet["channelId"][2:] == query["playlistId"][2:]
        ]
        return listed({"items": told})

    def _search(self, query):
        told = [
            {"id": {"kind": "youtube#video", "videoId": native_id}, "snippet": snippet}
            for native_id, snippet in self.videos.items()
            if snippet["publishedAt"] >= query["publishedAfter"]
        ]
        return listed({"items": told})

    def _videos(self, query):
        return listed({"items": [{"id": one, "snippet": self.videos[one]} for one in ids(query) if one in self.videos]})

    def _commentThreads(self, query):  # noqa: N802 - named as the interface names it
        if "id" in query:
            found = [(video, one) for video, all_ in self.comments.items() for one in all_.values()]
            return listed({"items": [self.thread(video, one) for video, one in found if one["id"] in ids(query)]})
        if not query.get("pageToken", self.tokens).startswith(self.tokens):
            return refusal(400, "processingFailure")
        video = query["videoId"]
        found = sorted(self.comments[video].values(), key=lambda one: str(one["snippet"]["publishedAt"]), reverse=True)
        return self.page([self.thread(video, one) for one in found], query)

    def _comments(self, query):
        known = [*self.comments.values(), *self.replies.values()]
        if "id" in query:
            return listed({"items": [one for all_ in known for one in all_.values() if one["id"] in ids(query)]})
        return self.page(list(self.replies.get(query["parentId"], {}).values()), query)

    def thread(self, video, one):
        replies = list(self.replies.get(one["id"], {}).values())
        snippet = {"videoId": video, "topLevelComment": one, "totalReplyCount": len(replies), "isPublic": True}
        told = {"kind": "youtube#commentThread", "id": one["id"], "snippet": snippet}
        return told | ({"replies": {"comments": replies[: self.embedded]}} if self.embedded else {})

    def page(self, found, query):
        size = int(query.get("maxResults", 20))
        names = [one["id"] for one in found]
        token = query.get("pageToken", "").removeprefix(self.tokens)
        start = 0 if token not in names or self.repeats else names.index(token) + 1
        told = found[start : start + size]
        return listed(
            {"items": told} | ({"nextPageToken": self.tokens + told[-1]["id"]} if found[start + size :] else {})
        )


def ids(query):
    """Return the ids that are asked for."""
    return query["id"].split(",")


def listed(answer):
    """Return a list as an answer."""
    return Says(headers=JSON, body=json.dumps({"kind": "youtube#listResponse", **answer}).encode())
