"""The one encoder: from its weights file to a graph, and what is read off one pass of it."""
