from pathlib import Path

import pytest

from platewise.settings import PUSHED, VENDORS, Settings


def test_the_environment_sets_every_kind(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "PLATEWISE_REGIONS": "GB, fr",
            "PLATEWISE_REGION_FOLDERS": f"{tmp_path}:{tmp_path.parent}",
            "PLATEWISE_MODELS": str(tmp_path),
            "PLATEWISE_PROVIDERS": "CUDA,cpu",
            "PLATEWISE_THREADS": "2",
            "PLATEWISE_MAX_PIXELS": "1000",
            "PLATEWISE_MIN_CONFIDENCE": "0.5",
            "PLATEWISE_PIPELINE": "  ",
            "HOME": "/nowhere",
        }
    )
    assert settings.regions == ("gb", "fr")
    assert settings.region_folders == (tmp_path, tmp_path.parent)
    assert settings.models == tmp_path
    assert settings.providers == ("cuda", "cpu")
    assert (settings.threads, settings.max_pixels, settings.min_confidence) == (2, 1000, 0.5)
    assert settings.pipeline == "yolo-attention"
    assert Settings.from_env({}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREADS", "-1"), ("THREADS", "two"), ("THREADS", "1.5"), ("THREADS", "9999"), ("MAX_PIXELS", "0"),
        ("MAX_BYTES", "٣"), ("PROVIDERS", ","), ("MODELS", "/no/folder"), ("REGION_FOLDERS", "/no/folder"),
        ("MIN_CONFIDENCE", "1.1"), ("MIN_CONFIDENCE", "nan"), ("MIN_CONFIDENCE", "much"),
    ],
)  # fmt: skip
def test_impossible_values_are_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"PLATEWISE_{name}"):
        Settings.from_env({f"PLATEWISE_{name}": value})


def test_a_file_sets_what_the_environment_does_not(tmp_path: Path) -> None:
    file = tmp_path / "platewise.toml"
    file.write_text(
        'port = 5001\nregions = ["GB", "fr"]\nmin_confidence = 0.5\nhost = "0.0.0.0"\n'
        f'region_folders = ["{tmp_path}"]\ntimezone = "Europe/Zagreb"\ncsv = "reads.csv"\n'
    )
    settings = Settings.from_env({"PLATEWISE_CONFIG": str(file), "PLATEWISE_HOST": "127.0.0.2"})
    assert (settings.port, settings.host, settings.regions) == (5001, "127.0.0.2", ("gb", "fr"))
    assert (settings.min_confidence, settings.region_folders) == (0.5, (tmp_path,))
    assert (settings.zone.key, settings.csv) == ("Europe/Zagreb", Path("reads.csv"))
    assert settings.config == file


@pytest.mark.parametrize(
    ("text", "told"),
    [("prot = 5001", "prot"), ("port = ", "cannot be read"), ("port = 0", "PORT"), ("[port]\nx = 1", "port"),
     ('config = "x"', "config"), ('timezone = "Mars"', "TIMEZONE")],
)  # fmt: skip
def test_a_wrong_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "platewise.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=told):
        Settings.from_env({"PLATEWISE_CONFIG": str(file)})
    with pytest.raises(ValueError, match="CONFIG"):
        Settings.from_env({"PLATEWISE_CONFIG": str(tmp_path / "none.toml")})


def test_the_database_is_a_file_in_the_data_folder() -> None:
    assert Settings(data=Path("/srv/x")).database_url == "sqlite:////srv/x/platewise.sqlite3"
    assert Settings(database="postgresql://db/platewise").database_url == "postgresql://db/platewise"


class TestVendors:
    def test_all_answer_and_none_is_open(self):
        settings = Settings.from_env({})
        assert set(settings.vendors) == set(VENDORS)
        assert settings.open_vendors == ()

    def test_some_or_none(self):
        assert Settings.from_env({"PLATEWISE_VENDORS": "CodeProject, openalpr"}).vendors == (
            "codeproject", "openalpr",
        )  # fmt: skip
        assert Settings.from_env({"PLATEWISE_VENDORS": "none"}).vendors == ("none",)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("VENDORS", "genetec"), *(("OPEN_VENDORS", name) for name in (*PUSHED, "genetec")),
         ("PLATERECOGNIZER_STATUS", "204")],
    )  # fmt: skip
    def test_what_cannot_be_meant(self, name, value):
        with pytest.raises(ValueError, match=name):
            Settings.from_env({f"PLATEWISE_{name}": value})
