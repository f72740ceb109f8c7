"""Everything that is said in the two weeks of the sample, in order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.demo.chance import END
from pipeline.demo.drafts import Feed
from pipeline.demo.incidents import Incidents
from pipeline.demo.ordinary import OrdinaryTalk
from pipeline.demo.people import Crowd
from pipeline.demo.speech import Speech
from pipeline.demo.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.demo.chance import Chance
    from pipeline.demo.drafts import Draft
    from pipeline.demo.material import World


def write_posts(world: World, chance: Chance) -> Sequence[Draft]:
    """Return all posts with their ids."""
    crowd, speech = Crowd(world, chance), Speech(world, chance)
    people = crowd.all()
    talk = OrdinaryTalk(world, chance, speech, people)
    incidents = Incidents(world, chance, speech, people)
    threads = Threads(world, chance, speech, people)
    feed = Feed(drafts=talk.posts())
    feed.drafts += [*incidents.fates(), *incidents.outage(), *incidents.prices(), *incidents.opening()]
    feed.drafts += threads.answers(feed.drafts)
    feed.drafts += threads.care(feed.drafts, crowd)
    feed.drafts += [*incidents.competition(), *incidents.pictures()]
    feed.drafts += threads.shares(feed.drafts)
    feed.drafts += incidents.news(crowd)
    feed.drafts = [draft for draft in feed.drafts if draft.at < END]
    return feed.numbered()
