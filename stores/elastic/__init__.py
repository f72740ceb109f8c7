"""The store for production: Elasticsearch."""
