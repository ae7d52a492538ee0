"""How the tables came to be as they are: one file a change, never edited after a release."""
