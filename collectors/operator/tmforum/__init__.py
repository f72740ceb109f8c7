"""The operator's structured data over TM Forum Open APIs: what is read of each resource, asked for or told."""
