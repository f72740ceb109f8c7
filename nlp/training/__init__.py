"""Train and measure what ships in `nlp/trained/`."""
