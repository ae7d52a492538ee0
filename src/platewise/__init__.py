"""Platewise: automatic number plate recognition that reads, learns and serves, offline, on a plain CPU."""
