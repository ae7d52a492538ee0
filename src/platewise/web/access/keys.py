"""The key that signs sessions: made once, kept in the data folder, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from platewise.errors import SettingError

NAME = "session.key"
_BYTES = 32


def session_key(folder: Path) -> str:
    """Return the key of this data folder; SettingError when others can read it, or it was cut short."""
    path = folder / NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key, mode = path.read_text("ascii").strip(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: the key of the sessions cannot be kept here: {error}") from error
    if os.name == "posix" and mode & 0o077:
        raise SettingError(f"{path} can be read by others, so sessions could be forged: chmod 600 {path}")
    if len(key) < 2 * _BYTES:
        raise SettingError(f"{path} is damaged: remove it, and a new one is made (everybody logs in again)")
    return key


def _make(path: Path) -> None:
    """Write the whole key beside, then link it: of several processes one wins, and none sees half a key."""
    draft = path.with_name(f"{NAME}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "w") as out:
            out.write(secrets.token_hex(_BYTES))
        with suppress(FileExistsError):  # another process was first, and its key holds
            os.link(draft, path)
    finally:
        draft.unlink()
