"""The wiring: flows, the `earshot` command, and the only folder that knows every other."""
