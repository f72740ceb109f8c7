"""The way out: one HTTP client with limits, retries, an address guard and redaction; streams and signing."""
