"""The `earshot` command: one file a command, named like it."""
