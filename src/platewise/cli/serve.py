"""``platewise serve``: the server and its web page."""

import signal
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platewise.cli.accounts import BY, opened
from platewise.errors import MissingExtra, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from platewise.outputs.desk import Desk
    from platewise.settings import Settings
    from platewise.store.protocol import Store


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(serve)


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (PLATEWISE_HOST, else 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port to listen on (PLATEWISE_PORT, else 5000).")
    ] = None,
) -> None:
    """Start the server and its web page."""
    from platewise.vision import environment

    asked: dict[str, Any] = {
        name: value for name, value in (("host", host), ("port", port)) if value is not None
    }
    run(replace(environment.settings(), **asked))


def run(settings: "Settings") -> None:
    """Serve until interrupted; SettingError when the address cannot be had, or must not be used yet."""
    from platewise.gatehouse.rounds import keep_doing
    from platewise.outputs.dispatcher import for_settings

    with opened() as store:
        sender = for_settings(store, settings)
        end_streams, server = _server(settings, store, sender.desk)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, partial(_end, end_streams))
        _greet(settings, store)
        stop = keep_doing(store, settings)
        sender.start()
        try:
            server.run()
        finally:
            stop.set()
            sender.stop()


def _end(end_streams: "Callable[[], None]", *_: object) -> None:
    """End at a signal: the streams first, then waitress lets the other requests end."""
    end_streams()
    sys.exit()


def _server(settings: "Settings", store: "Store", desk: "Desk") -> "tuple[Callable[[], None], Any]":
    try:
        from platewise.web.listening import listen
    except ModuleNotFoundError as error:
        raise MissingExtra("platewise serve", "serve") from error
    from platewise.outputs.safe_http import SafeFetcher
    from platewise.vision.decoding import decoder
    from platewise.vision.reader import Reader
    from platewise.web import create_app
    from platewise.web.access import may_bind
    from platewise.web.parts import end_streams

    may_bind(settings.host, store)
    fetcher = SafeFetcher(settings.max_upload)
    app = create_app(None, Reader(settings=settings), store, fetcher, decoder(settings), desk)
    try:
        return partial(end_streams, app), listen(app, settings)
    except OSError as error:
        raise SettingError(
            f"cannot listen on {settings.host}, port {settings.port} ({error.strerror}). "
            "Choose another port: make serve PORT=5001, or platewise serve --port 5001"
        ) from error


def _greet(settings: "Settings", store: "Store") -> None:
    """Print where the server is and, while nobody has an account, a link to make the first."""
    from platewise.web.access import setup
    from platewise.web.access.proxies import is_loopback

    print(f"Platewise: http://{settings.host}:{settings.port}  (Ctrl-C stops it)", flush=True)
    with store.reading() as unit:
        has_users = bool(unit.access.users())
    if has_users:
        return
    if is_loopback(settings.host):
        print("Open to this machine alone, until somebody has an account.", flush=True)
    link = setup.make_link(store, setup.address(settings), by=BY)
    print(f"To make the first account, once: {link}", flush=True)
