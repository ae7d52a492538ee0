"""From a Frame to its Reads: decode, detect, rectify, recognise, decide."""
