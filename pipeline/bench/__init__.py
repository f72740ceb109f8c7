"""How fast a store is: made-up documents, the questions of the dashboard, and the measuring."""
