"""The Flask server: API, seed routes, pages."""
