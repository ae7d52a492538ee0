"""A decoding process that some pictures break, each in another way."""

import ctypes
import json
import os
import sys
import time

import numpy as np

from platewise.vision import sandboxed

FAULTS = (b"SEGV", b"MEMORY", b"CPU", b"HANG", b"EXIT", b"RAISE")
_decode = sandboxed.decode


def decode(data, settings):
    if data == b"SEGV":
        ctypes.string_at(0)
    if data == b"MEMORY":
        np.ones(2 * 2**30, np.uint8)  # over the bound, and there is so much: only the bound stops it
    while data == b"CPU":
        pass
    if data == b"HANG":
        time.sleep(600)
    if data == b"EXIT":
        os._exit(0)
    if data == b"RAISE":
        raise RuntimeError("of a decoder's own")
    return _decode(data, settings)


if __name__ == "__main__":
    sandboxed.decode = decode
    sandboxed.main(json.loads(sys.argv[1]))
