"""A store in which somebody else does something between two calls of ours."""

METHODS = ("upsert", "patch", "delete", "get", "scan", "count_by", "search", "knn", "count_values")


class Interleaved:
    """Hands every call on to a store, and does `meanwhile` once, before the call with the number `before`."""

    def __init__(self, store, before, meanwhile):
        self._store = store
        self._before = before
        self._meanwhile = meanwhile
        self.calls = 0

    def __getattr__(self, name):
        method = getattr(self._store, name)
        if name not in METHODS:
            return method

        def call(*arguments, **named):
            if self.calls == self._before:
                self._meanwhile()
            self.calls += 1
            return method(*arguments, **named)

        return call


def interleavings(work, meanwhile, most=40):
    """Yield after each run of `work(store_of)` in which `meanwhile()` comes before another call, until all were.

    `store_of(store)` is the store that the work has to use; each run has to begin from the same state.
    """
    for before in range(most):
        made = []

        def store_of(store, before=before, made=made):
            made.append(Interleaved(store, before, meanwhile))
            return made[-1]

        work(store_of)
        yield before
        if made[0].calls <= before:
            return
    raise AssertionError(f"more than {most} calls of the store")
