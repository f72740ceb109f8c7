"""STORE and ASK: keep documents and answer questions, in SQLite or in Elasticsearch, with the same answers."""
