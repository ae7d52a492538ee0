from pathlib import Path

import pytest

from platewise.settings import Settings


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
