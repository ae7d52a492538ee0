"""The Store in dicts: for tests, examples and a first look. It forgets all at the end."""

from platewise.store.memory.store import MemoryStore

__all__ = ["MemoryStore"]
