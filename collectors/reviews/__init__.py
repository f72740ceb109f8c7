"""Sources of reviews: app stores, shops, retailers."""
