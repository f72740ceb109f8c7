"""One module per page; each has `show`, which draws it."""
