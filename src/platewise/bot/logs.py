"""A log that never shows a secret: httpx writes whole addresses, and a bot's address holds its token."""

import logging
import warnings
from collections.abc import Iterable

HIDDEN = "***"


class Discreet(logging.Formatter):
    """Writes lines and tracebacks with every secret hidden."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Hide these; the longest first, so that none leaves a rest."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def begin(secrets: Iterable[str], verbose: bool = False) -> None:
    """Log to standard error; ``verbose`` tells each request too."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet(secrets))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", r"Please use 'Bot\.getUpdates'")  # Messenger.next asks so on purpose
    if not verbose:
        for name in ("httpx", "httpcore", "telegram"):  # what matters of theirs is an error of ours too
            logging.getLogger(name).setLevel(logging.CRITICAL)
