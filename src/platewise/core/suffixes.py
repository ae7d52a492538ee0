"""Endings of file names: what counts as a picture where nobody named the file itself, as inside a folder."""

PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp"})
"""Pictures that can be read; a file named outright may have any ending."""
FOREIGN = frozenset({".avif", ".heic", ".heif", ".tif", ".tiff"})
"""Pictures too, which cannot be read: each is named with what to do about it, rather than passed over."""
