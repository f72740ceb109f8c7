"""Brands that are listened for, from what they are asked for by."""

from domain.config import Brand
from textquery.brands import BrandMatcher, BrandQuery


def listened(queries):
    """Return what finds brands by queries that are read already, by brand; none: no brand is configured."""
    return BrandMatcher(
        BrandQuery(brand=Brand(key=key, name=key), whole=query, certain=query) for key, query in (queries or {}).items()
    )
