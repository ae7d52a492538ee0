"""One file an implementation."""
