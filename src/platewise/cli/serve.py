"""``platewise serve``: the server and its web page."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platewise.errors import MissingExtra, SettingError

if TYPE_CHECKING:
    from platewise.settings import Settings


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
    """Serve until interrupted; SettingError when the address cannot be had."""
    from platewise.vision.reader import Reader

    try:
        from waitress.server import create_server

        from platewise.web import create_app
    except ModuleNotFoundError as error:
        if error.name not in ("flask", "waitress"):
            raise
        raise MissingExtra("platewise serve", "serve") from error
    app, most = create_app(reader=Reader(settings=settings)), settings.max_upload
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.requests,
            inbuf_overflow=most + 2**20,  # an upload within the limit stays in memory
            max_request_body_size=4 * most,  # up to here the application says 413 in its own shape
            ident="platewise",
        )
    except OSError as error:
        raise SettingError(
            f"cannot listen on {settings.host}, port {settings.port} ({error.strerror}). "
            "Choose another port: make serve PORT=5001, or platewise serve --port 5001"
        ) from error
    print(f"Platewise: http://{settings.host}:{settings.port}  (Ctrl-C stops it)", flush=True)
    server.run()
