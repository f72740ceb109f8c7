"""All that a source has now, as tests compare it."""


def drain(collector, cursor=None):
    """Return the posts by native id, the deletions, what was unreadable, and the cursor behind all."""
    posts, deletions, unreadable = {}, [], []
    for batch in collector.batches(cursor):
        posts |= {post.native_id: post for post in batch.posts}
        deletions += batch.deletions
        unreadable += batch.unreadable
        cursor = batch.cursor
    return posts, deletions, unreadable, cursor


def drain_ids(collector, cursor=None):
    """Return the ids of the posts, as often as they came, and the cursor behind all."""
    found = []
    for batch in collector.batches(cursor):
        found += [post.native_id for post in batch.posts]
        cursor = batch.cursor
    return found, cursor
