"""A capturing process whose reading never returns, after a frame; it hears no signal but the last."""

import json
import signal
import sys
import threading

signal.signal(signal.SIGTERM, signal.SIG_IGN)
sys.stdin.buffer.readline()
sys.stdin.buffer.read(1)
head = {"captured": 1, "dropped": 0, "total": None, "at": 1e9, "number": 0, "height": 2, "width": 2}
sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + bytes(int(sys.argv[1])))
sys.stdout.buffer.flush()
threading.Event().wait()
