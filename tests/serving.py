"""An application on a port of this machine, in threads of this process."""

import threading
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from platewise.web.parts import end_streams


class Served:
    """Serves until it is closed; then no thread of it is left.

    Sockets are closed by the thread that waits on them, and the pipe that wakes it last of all: a thread that
    still wrote to the number of a closed pipe would write into whatever file has that number by then.
    """

    def __init__(self, app: Flask, port: int = 0, threads: int = 6) -> None:
        self._app = app
        self._server: Any = create_server(app, host="127.0.0.1", port=port, threads=threads)
        self.port = int(self._server.effective_port)
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()

    def close(self) -> None:
        """Hang up in the middle of whatever it does."""
        trigger, workers = self._server.trigger, self._server.task_dispatcher
        trigger.pull_trigger(self._hang_up)
        end_streams(self._app)
        workers.shutdown(timeout=30)
        assert not workers.threads, "a request did not end within 30 s"
        trigger.pull_trigger(trigger.del_channel)  # nothing is left to wait on: the thread ends
        self._thread.join(10)
        assert not self._thread.is_alive()
        trigger.close()

    def _hang_up(self) -> None:
        wasyncore.dispatcher.close(self._server)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
