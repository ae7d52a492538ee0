"""The server: a page for people, routes for programs. The only room with Flask."""

from platewise.web.app import create_app

__all__ = ["create_app"]
