"""Bursts of posts that are no chance, as they begin: counted by the store, held against what is usual."""
