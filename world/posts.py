"""Everything that is said in the two weeks of the sample, in order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from world.chance import END
from world.drafts import Timeline
from world.incidents import Incidents
from world.ordinary import OrdinaryTalk
from world.people import Crowd
from world.speech import Speech
from world.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.chance import Chance
    from world.drafts import Draft
    from world.material import World


def write_posts(island: World, chance: Chance) -> Sequence[Draft]:
    """Return all posts with their ids."""
    crowd, speech = Crowd(island, chance), Speech(island, chance)
    people = crowd.all()
    talk = OrdinaryTalk(island, chance, speech, people)
    incidents = Incidents(island, chance, speech, people)
    threads = Threads(island, chance, speech, people)
    feed = Timeline(drafts=talk.posts())
    feed.drafts += [*incidents.fates(), *incidents.outage(), *incidents.prices(), *incidents.opening()]
    feed.drafts += threads.answers(feed.drafts)
    feed.drafts += threads.care(feed.drafts, crowd)
    feed.drafts += [*incidents.competition(), *incidents.pictures()]
    feed.drafts += threads.shares(feed.drafts)
    feed.drafts += incidents.news(crowd)
    feed.drafts = [draft for draft in feed.drafts if draft.at < END]
    return feed.numbered()
