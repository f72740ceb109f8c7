"""How sources that answer in pages are read: pagination, time slices, and what a source is opened with."""
