"""What the false cameras share: a socket that is listened on, with a thread for each who comes."""

import socket
import threading


class Listening:
    """Calls ``serve`` in a thread of its own for each connection, until it is closed."""

    def __init__(self) -> None:
        self.connections = 0
        self.closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def serve(self, connection: socket.socket, number: int) -> None:
        """Answer the connection that came as this one, from 1 on."""
        raise NotImplementedError

    def close(self) -> None:
        self.closed.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts; closing alone does not
        self._thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        while not self.closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection:
                self.serve(connection, number)
        except OSError:
            return
