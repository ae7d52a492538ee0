"""The server: a page for people, routes for programs. The only room with Flask."""

from platewise.web.app import Application, create_app

__all__ = ["Application", "create_app"]
