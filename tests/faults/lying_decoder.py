"""A decoding process that answers what it must not."""

import fcntl
import json
import os
import socket
import sys

SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
SIZE = 4 * 4 * 3


def memory(size, seals):
    handle = os.memfd_create("lie", os.MFD_ALLOW_SEALING)
    os.ftruncate(handle, size)
    fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
    return [handle]


LIES = {
    b"unsealed": lambda: ({"height": 4, "width": 4}, memory(SIZE, 0)),
    b"may shrink": lambda: ({"height": 4, "width": 4}, memory(SIZE, SEALS & ~fcntl.F_SEAL_SHRINK)),
    b"too short": lambda: ({"height": 4, "width": 4}, memory(SIZE - 1, SEALS)),
    b"no memory": lambda: ({"height": 4, "width": 4}, [os.open("/dev/null", os.O_RDONLY)]),
    b"huge": lambda: ({"height": 10**6, "width": 10**6}, memory(SIZE, SEALS)),
    b"negative": lambda: ({"height": -4, "width": -4}, memory(SIZE, SEALS)),
    b"text": lambda: ({"height": "four", "width": None}, memory(SIZE, SEALS)),
    b"list": lambda: ([1], memory(SIZE, SEALS)),
    b"empty": lambda: ({}, memory(SIZE, SEALS)),
}

if __name__ == "__main__":
    line = socket.socket(fileno=json.loads(sys.argv[1])["line"])
    line.sendall(b'{"ready": true}')
    while head := line.recv(8):
        told, handles = LIES[line.recv(int.from_bytes(head, "big"))]()
        socket.send_fds(line, [json.dumps(told).encode()], handles)
        for handle in handles:
            os.close(handle)
