"""Draws plates and scenes from the region files: same seed, same bytes."""
