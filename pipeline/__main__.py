"""`python -m pipeline` is `earshot`."""

from pipeline.main import run

run()
