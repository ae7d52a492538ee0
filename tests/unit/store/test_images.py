import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_samples import jpeg

from platewise.errors import StoreError, StoreFull
from platewise.store.images import FRESH, ImageFolder, key_of


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "images")


def _files(folder: ImageFolder) -> list[Path]:
    return [path for path in folder.root.rglob("*") if path.is_file()]


def test_a_file_is_named_by_its_content_and_only_its_owner_may_read_it(folder: ImageFolder) -> None:
    key = key_of(jpeg(b"1"))
    folder.put(key, jpeg(b"1"))
    folder.put(key, jpeg(b"1"))
    (file,) = _files(folder)
    assert file == folder.root / key[:2] / f"{key}.jpg"
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.root.stat().st_mode & 0o077 == 0
    assert folder.get(key) == jpeg(b"1")


def test_a_file_can_be_removed_once(folder: ImageFolder) -> None:
    key = key_of(jpeg(b"1"))
    folder.put(key, jpeg(b"1"))
    assert [folder.remove(key), folder.remove(key), folder.get(key)] == [True, False, None]


@pytest.mark.parametrize("name", ["../secret", "..", "/etc/passwd", "\0", "", "ab" * 31])
@pytest.mark.wall("U6")
def test_a_users_name_never_reaches_the_disk(folder: ImageFolder, name: str) -> None:
    (folder.root / "secret.jpg").write_bytes(b"x")
    assert folder.get(name) is None


def test_a_broken_write_leaves_no_picture(folder: ImageFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreFull):
        folder.put(key_of(jpeg(b"1")), jpeg(b"1"))
    assert _files(folder) == []


def test_another_failure_of_the_disk_is_told(folder: ImageFolder) -> None:
    key = key_of(jpeg(b"1"))
    (folder.root / key[:2]).write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreError, match=r"pictures cannot be kept: (File exists|Not a directory)"):
        folder.put(key, jpeg(b"1"))


def test_age_is_counted_from_the_last_save(folder: ImageFolder) -> None:
    key, now = key_of(jpeg(b"1")), datetime.now(UTC)
    folder.put(key, jpeg(b"1"))
    assert folder.is_fresh(key, now)
    assert not folder.is_fresh(key, now + FRESH * 2)
    assert not folder.is_fresh("0" * 64, now)
    os.utime(folder.root / key[:2] / f"{key}.jpg", (0, 0))
    assert not folder.is_fresh(key, now)
    folder.put(key, jpeg(b"1"))
    assert folder.is_fresh(key, now)


def test_what_a_broken_write_left_is_swept(folder: ImageFolder) -> None:
    key, later = key_of(jpeg(b"1")), datetime.now(UTC) + timedelta(hours=1)
    folder.put(key, jpeg(b"1"))
    left = folder.root / key[:2] / ".temporary"
    left.write_bytes(b"half")
    assert list(folder.stale(datetime.now(UTC))) == []
    assert left.exists()
    assert list(folder.stale(later)) == [key]
    assert not left.exists()


def test_a_sweep_passes_over_what_goes_meanwhile(folder: ImageFolder) -> None:
    """Another server may sweep too, and a picture that is being written loses its first name."""
    keys = [f"ab{number:062}" for number in range(3)]
    for key in keys:
        folder.put(key, jpeg(b"1"))
    swept = folder.stale(datetime.now(UTC) + timedelta(hours=1))
    assert next(swept) in keys
    for key in keys:
        folder.remove(key)
    assert list(swept) == []
