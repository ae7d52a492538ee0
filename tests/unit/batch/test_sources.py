"""What a run is given, and the pictures that it stands for."""

import io
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from many import jpeg, shard

from platewise.batch.items import Item, load
from platewise.batch.sources import pictures
from platewise.errors import ImageError, InputError


def names(*sources):
    return [item.name for item in pictures([str(source) for source in sources])]


def test_a_folder_gives_its_pictures_in_order_and_nothing_else(folder):
    assert [name.split("pictures/")[1] for name in names(folder)] == [
        f"{number % 2}/{number}.jpg" for number in (0, 2, 4, 6, 1, 3, 5)
    ]


def test_pictures_of_formats_that_cannot_be_read_are_named_rather_than_passed_over(folder):
    (folder / "IMG_1.HEIC").write_bytes(b"")
    assert len(names(folder)) == 8


def test_a_glob_gives_what_matches(folder):
    assert len(names(f"{folder}/1/*.jpg")) == 3
    assert len(names(f"{folder}/**/*.jpg")) == 7


def test_a_picture_that_two_sources_name_comes_once(folder):
    os.symlink(folder / "0" / "0.jpg", folder / "again.jpg")
    assert len(names(folder / "0" / "0.jpg", folder)) == 7


def test_a_tar_gives_the_bytes_of_its_pictures(place):
    found = list(pictures([str(shard(place / "a.tar", 3))]))
    assert [item.name for item in found] == [f"{place}/a.tar/00000{i}.jpg" for i in range(3)]
    assert [load(item, 10**6).data for item in found] == [jpeg(i) for i in range(3)]
    assert [load(item, 10**6).at for item in found] == [1_700_000_000 + i for i in range(3)]


def test_a_tar_that_became_shorter_is_told(place):
    item = list(pictures([str(shard(place / "a.tar", 3))]))[-1]
    os.truncate(place / "a.tar", item.offset + 5)
    with pytest.raises(ImageError, match="shorter than it was"):
        load(item, 10**6)


def test_a_file_is_never_read_past_the_limit(folder):
    assert len(load(Item("x", str(folder / "0" / "0.jpg")), 100).data) == 101


@pytest.mark.parametrize("column", ["path", "image"])
def test_a_list_names_pictures_from_its_own_folder_each_once(folder, column):
    table = pa.table({"other": [1, 2, 3, 4], column: ["0/0.jpg", str(folder / "1/1.jpg"), "0/0.jpg", None]})
    pq.write_table(table, folder / "list.parquet")
    assert [Path(item.path).name for item in pictures([str(folder / "list.parquet")])] == ["0.jpg", "1.jpg"]


def test_what_gives_no_picture_is_refused_with_what_to_do(place):
    (place / "empty").mkdir()
    pq.write_table(pa.table({"url": ["x"]}), place / "list.parquet")
    (place / "broken.parquet").write_text("no")
    (place / "broken.tar").write_bytes(b"no tar at all" * 100)
    with tarfile.open(place / "packed.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.jpg"), io.BytesIO())
    for source, told in {
        "empty": "no picture there",
        "nowhere": "no such file",
        "*.png": "no picture there",
        "list.parquet": "a column path or image",
        "broken.parquet": "Parquet",
        "broken.tar": "no plain tar",
        "packed.tar.gz": "unpack it",
    }.items():
        with pytest.raises(InputError, match=told):
            names(source)


def test_a_name_that_is_no_text_is_told(folder):
    """Tables and databases cannot hold it; an old camera writes such."""
    odd = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")
    Path(odd).write_bytes(jpeg(9))
    with pytest.raises(InputError, match=r"caf\\xe9.jpg: a picture's name must be UTF-8: rename it"):
        names(folder)


def test_a_tar_with_a_date_that_cannot_be_is_as_old_as_itself(place):
    data = jpeg(1)
    with tarfile.open(place / "far.tar", "w", format=tarfile.GNU_FORMAT) as tar:
        member = tarfile.TarInfo("a.jpg")
        member.size, member.mtime = len(data), 10**15
        tar.addfile(member, io.BytesIO(data))
    (item,) = pictures([str(place / "far.tar")])
    assert item.at == (place / "far.tar").stat().st_mtime
