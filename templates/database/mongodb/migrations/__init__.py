"""The way of the database. A revision is a file in `revisions`; the database knows the last one that it took."""
