"""The commands, by what a user wants to do."""
