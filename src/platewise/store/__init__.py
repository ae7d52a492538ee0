"""The database and the evidence pictures: the only place with SQL. ``opening.open_store`` is its door."""
