"""Enrich: a post in, language, sentiment, brands, copies and an embedding out."""
