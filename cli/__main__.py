"""`python -m cli` is `earshot`."""

from cli.main import run

run()
