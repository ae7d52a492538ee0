"""A decoding process that answers what it must not."""

import json
import os
import socket
import sys

LIES = {
    b"huge": lambda: {"height": 10**6, "width": 10**6},
    b"beyond": lambda: {"height": 19_999, "width": 2_501},
    b"negative": lambda: {"height": -4, "width": -4},
    b"text": lambda: {"height": "four", "width": None},
    b"list": lambda: [1],
    b"empty": dict,
    b"number": lambda: 7,
}


def shrink(memory):
    """Try to take the shared memory away from under its reader."""
    for size in (0, 10**12):
        try:
            os.ftruncate(memory, size)
        except OSError:
            continue
        os._exit(3)
    return {"height": 4, "width": 4}


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    line = socket.socket(fileno=order["line"])
    line.sendall(b'{"ready": true}')
    while head := line.recv(8):
        lie = line.recv(int.from_bytes(head, "big"))
        told = shrink(order["pixels"]) if lie == b"shrink" else LIES[lie]()
        line.sendall(json.dumps(told).encode())
