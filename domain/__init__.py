"""The words everyone shares; standard library only."""
