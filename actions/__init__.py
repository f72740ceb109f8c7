"""ACT: every write that somebody asks for, by one door for screen, command line and service."""
