"""Cases of the contract suite: reviews that their owners see, behind keys and tokens."""

from __future__ import annotations

import json
from functools import cache
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.cases_forums import JSON, LATER, SECRET, Tokens, moment, says
from tests.support.cases_reviews import refuses, second
from tests.support.misbehaving import Says


@cache
def keys(algorithm):
    """Return a private key in PEM, and the public key that belongs to it."""
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text.decode(), key.public_key()


def claims(token, algorithm, audience):
    """Return what a token says if it is signed with our key, else None; its time is that of the fake clock."""
    try:
        return jwt.decode(
            token,
            keys(algorithm)[1],
            algorithms=[algorithm],
            audience=audience,
            options={"verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        return None


class FakeAppStore:
    """Reviews newest first, 50 a page at most, for whoever signs a token for no more than 20 minutes."""

    def __init__(self, server):
        self.reviews = {}
        self.responses = {}
        self.repeats = False
        self.tokens = Tokens()
        self.url = server.url
        self.headers = {}
        server.answer = self.answer

    def add(self, number, **changes):
        """Add a review or change it."""
        self.reviews[str(number)] = {
            "rating": 1,
            "title": "Bad",
            "body": f"No signal, day {number}",
            "reviewerNickname": "ann",
            "createdDate": moment(number).replace("Z", "+00:00"),
            "territory": "GBR",
        } | changes

    def answer(self, asked):
        said = claims(asked.headers.get("authorization", " ").split()[1], "ES256", "appstoreconnect-v1")
        if said is None or said["iss"] != "issuer-1" or not 0 < said["exp"] - said["iat"] <= 1200:
            return refuses(401)
        if asked.path.startswith("/v1/customerReviews/"):
            number = asked.path.rpartition("/")[2]
            return says({"data": self.record(number)}) if number in self.reviews else refuses(404)
        if asked.path != "/v1/apps/77/customerReviews" or asked.query["sort"] != "-createdDate":
            return refuses(404)
        place = self.tokens.take(asked.query["cursor"]) if "cursor" in asked.query else "0"
        if place is None:
            return refuses(400)
        start = 0 if self.repeats else int(place)
        size = min(int(asked.query["limit"]), 50)
        newest = sorted(self.reviews, key=lambda number: self.reviews[number]["createdDate"], reverse=True)
        links = {"self": "x"}
        if start + size < len(newest) or self.repeats:
            links["next"] = (
                f"{self.url}{asked.path}?{urlencode(asked.query | {'cursor': self.tokens.give(start + size)})}"
            )
        found = [self.record(number) for number in newest[start : start + size]]
        document = {"data": found, "links": links, "meta": {"paging": {"total": len(newest), "limit": size}}}
        return Says(headers=JSON | self.headers, body=json.dumps(document).encode())

    def record(self, number):
        response = {"type": "customerReviewResponses", "id": "r"} if number in self.responses else None
        links = {"response": {"data": response}}
        return {"type": "customerReviews", "id": number, "attributes": self.reviews[number], "relationships": links}


class AppStoreCase:
    """The reviews of an app."""

    kind = "appstore"
    other = ("app", "78")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeAppStore(server)
        self.settings = {"app": "77", "issuer": "issuer-1", "key_id": "k1", "api": server.url, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_KEY": keys("ES256")[0]}

    @property
    def shown(self):
        """The token of the first request: the key itself is never sent."""
        return self.server.asked[0].headers["authorization"].split()[1]

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, rating=0)

    def edit(self, number, text):
        self.fake.add(number, body=text, createdDate=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id)


class FakeGooglePlay:
    """Tokens for whoever signs with the key of the service account, and reviews by token, 40 a page at most."""

    def __init__(self, server):
        self.reviews = {}
        self.repeats = False
        self.tokens = Tokens()
        self.account = {
            "type": "service_account",
            "client_email": "earshot@north.example",
            "private_key": keys("RS256")[0],
            "private_key_id": "k1",
            "token_uri": f"{server.url}/token",
        }
        server.answer = self.answer

    def add(self, number, text=None, at=None, **changes):
        """Add a review or change it."""
        said = {
            "text": f"\t{text or f'No signal, day {number}'}",
            "lastModified": {"seconds": str(second(at or moment(number))), "nanos": 0},
            "starRating": 1,
            "reviewerLanguage": "en_GB",
            "device": "klte",
            "androidOsVersion": 34,
            "appVersionCode": 72,
            "appVersionName": "7.2",
            "thumbsUpCount": 2,
            "thumbsDownCount": 0,
            "deviceMetadata": {"manufacturer": "X", "productName": "Y"},
        } | changes
        record = {"reviewId": f"gp:{number}", "authorName": "Ann", "comments": [{"userComment": said}]}
        self.reviews[f"gp:{number}"] = record

    def answer(self, asked):
        if asked.path == "/token":
            return self.token(asked.form)
        if asked.headers.get("authorization") != "Bearer play-token":
            return refuses(401)
        base, _, number = asked.path.partition("/reviews/")
        if number:
            return says(self.reviews[number]) if number in self.reviews else refuses(404)
        if base != "/androidpublisher/v3/applications/com.north.app/reviews":
            return refuses(404)
        place = self.tokens.take(asked.query["token"]) if "token" in asked.query else "0"
        if place is None:
            return refuses(400)
        start = 0 if self.repeats else int(place)
        size = min(int(asked.query["maxResults"]), 40)
        more = start + size < len(self.reviews) or self.repeats
        found = list(self.reviews.values())[start : start + size]
        # Google leaves out what is empty.
        document = {"reviews": found} if found else {}
        return says(document | ({"tokenPagination": {"nextPageToken": self.tokens.give(start + size)}} if more else {}))

    def token(self, form):
        said = claims(form["assertion"], "RS256", self.account["token_uri"])
        scope = "https://www.googleapis.com/auth/androidpublisher"
        if said is None or said["iss"] != "earshot@north.example" or said["scope"] != scope:
            return refuses(400)
        return says({"access_token": "play-token", "expires_in": 3599, "token_type": "Bearer"})


class GooglePlayCase:
    """The reviews of an app."""

    kind = "google_play"
    other = ("package", "com.other.app")
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeGooglePlay(server)
        self.settings = {"package": "com.north.app", "api": server.url, "allow_private": True}
        self.environ = {"EARSHOT_SOURCE_LISTEN_ACCOUNT": json.dumps(self.fake.account)}

    @property
    def shown(self):
        """What the first request asks for a token with: the key itself is never sent."""
        return self.server.asked[0].form["assertion"]

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, starRating=None)

    def edit(self, number, text):
        self.fake.add(number, text, LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id.removeprefix("gp:"))


class FakeGoogleBusiness:
    """Tokens for a refresh token, and reviews of two shops by the time of change, 50 a page."""

    def __init__(self, server):
        self.reviews = {}
        self.repeats = False
        self.logins = 0
        self.tokens = Tokens()
        server.answer = self.answer

    def add(self, number, location="accounts/1/locations/2", **changes):
        """Add a review or change it."""
        name = f"{location}/reviews/{number}"
        self.reviews[name] = {
            "name": name,
            "reviewId": str(number),
            "reviewer": {"displayName": "Ann", "isAnonymous": False},
            "starRating": "ONE",
            "comment": f"No signal, day {number}",
            "createTime": moment(number),
            "updateTime": moment(number),
        } | changes

    def answer(self, asked):
        if asked.path == "/token":
            return self.token(asked.form)
        if asked.headers.get("authorization") != f"Bearer shop-token-{self.logins}":
            return refuses(401)
        name = asked.path.removeprefix("/v4/")
        if not name.endswith("/reviews"):
            return says(self.reviews[name]) if name in self.reviews else refuses(404)
        if asked.query["orderBy"] != "updateTime desc" or int(asked.query["pageSize"]) > 50:
            return refuses(400)
        found = [one for key, one in self.reviews.items() if key.startswith(f"{name}/")]
        found.sort(key=lambda one: one["updateTime"], reverse=True)
        place = self.tokens.take(asked.query["pageToken"]) if "pageToken" in asked.query else "0"
        if place is None:
            return refuses(400)
        start = 0 if self.repeats else int(place)
        end = start + int(asked.query["pageSize"])
        document = {"reviews": found[start:end], "averageRating": 3.9, "totalReviewCount": len(found)} if found else {}
        return says(document | ({"nextPageToken": self.tokens.give(end)} if end < len(found) or self.repeats else {}))

    def token(self, form):
        wanted = {"grant_type": "refresh_token", "client_id": "c", "client_secret": "cs", "refresh_token": SECRET}
        if form != wanted:
            return refuses(400)
        self.logins += 1
        return says({"access_token": f"shop-token-{self.logins}", "expires_in": 3599, "token_type": "Bearer"})


class GoogleBusinessCase:
    """The reviews of a shop."""

    kind = "google_business"
    other = ("locations", ["accounts/1/locations/3"])
    can_edit = can_repeat = can_fail = True

    def __init__(self, folder, server):
        self.server = server
        self.fake = FakeGoogleBusiness(server)
        self.settings = {
            "locations": ["accounts/1/locations/2"],
            "client_id": "c",
            "api": f"{server.url}/v4",
            "login": f"{server.url}/token",
            "allow_private": True,
        }
        self.environ = {
            "EARSHOT_SOURCE_LISTEN_CLIENT_SECRET": "cs",
            "EARSHOT_SOURCE_LISTEN_REFRESH_TOKEN": SECRET,
        }

    def add(self, *numbers):
        for number in numbers:
            self.fake.add(number)

    def add_broken(self):
        self.fake.add(99, starRating="SIX")

    def edit(self, number, text):
        self.fake.add(number, comment=text, updateTime=LATER)

    def repeat_cursor(self):
        self.fake.repeats = True

    def expire(self):
        self.fake.tokens.expire()

    def number_of(self, post):
        return int(post.native_id.rpartition("/")[2])
