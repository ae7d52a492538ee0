import itertools
import json
import random
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from platewise.core.plate import SIGNS  # noqa: E402
from platewise.errors import NameUnknown  # noqa: E402
from platewise.regions import library  # noqa: E402
from platewise.synth.plates import draw_plate  # noqa: E402
from platewise.train import recognizer_figures as figures  # noqa: E402
from platewise.train import record, state  # noqa: E402
from platewise.train.config import LoopConfig  # noqa: E402
from platewise.train.export import Product, Run  # noqa: E402
from platewise.train.grow import grown  # noqa: E402
from platewise.train.index import Labelled, LabelledPlate, read_tree  # noqa: E402
from platewise.train.recognizer import RecognizerConfig, RecognizerPhase, RecognizerTask, train  # noqa: E402
from platewise.train.recognizer_crops import RealCrops, framed  # noqa: E402
from platewise.train.recognizer_data import MixConfig, PlatesConfig, classes_of, source_shares  # noqa: E402
from platewise.train.recognizer_export import keep_float, product  # noqa: E402
from platewise.train.recognizer_loss import (  # noqa: E402
    LossConfig,
    attention_loss,
    attention_target,
    losses,
    region_loss,
)
from platewise.train.recognizer_model import CLASSES, COLUMNS, ROWS, NetConfig, RecognizerNet  # noqa: E402
from platewise.train.thaw import packaged_size  # noqa: E402

torch.set_num_threads(1)
SMALL = NetConfig(widths=(8, 8, 16), depths=(0, 0), dim=16, heads=2)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of drawn plates in the place of real ones."""
    regions = list(library.load().values())
    for part, count in (("train/some", 60), ("validation/other", 3)):
        folder = tmp_path / "data" / part
        folder.mkdir(parents=True)
        lines = []
        for i in range(count):
            plate = draw_plate(random.Random(f"{part}{i}"), regions)
            cv2.imwrite(str(folder / f"{i}.png"), plate.pixels[..., ::-1])
            h, w, _ = plate.pixels.shape
            label = {"box": None, "corners": None, "text": plate.text}
            line = {"image": f"{i}.png", "region": "gb", "kind": "crop", "size": [w, h], "plates": [label]}
            lines.append(json.dumps(line))
        (folder / "index.jsonl").write_text("\n".join(lines))
    return tmp_path / "data"


def config(data: Path, **loop: Any) -> RecognizerConfig:
    values = {"steps": 4, "batch": 8, "threads": 1, "workers": 0, "log_every": 2, "evaluate_every": 4}
    plates = PlatesConfig(path=data / "plates", count=12)
    settings = LoopConfig(**{**values, **loop})
    phase = RecognizerPhase(loop=settings, plates=plates, mix=MixConfig(real=0.5), model=SMALL)
    return RecognizerConfig(data=data, phases=(phase,))


def test_the_shapes_and_the_size_of_the_default_network() -> None:
    net = RecognizerNet(5, NetConfig()).eval()
    reading = net(torch.zeros(2, 48, 160, 3, dtype=torch.uint8))
    assert reading.lattice.shape == (2, 10, CLASSES)
    assert reading.regions.shape == (2, 5)
    assert reading.attention.shape == (2, 10, ROWS * COLUMNS)
    assert torch.allclose(reading.attention.sum(-1), torch.ones(2, 10), atol=1e-4)
    assert 0.7e6 < sum(p.numel() for p in net.parameters()) < 1.2e6


def test_the_network_can_learn_a_batch_by_heart(data: Path) -> None:
    task = RecognizerTask(config(data, batch=6))
    batch = next(task.batches(0, 0))
    torch.manual_seed(0)
    net = task.model()
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    seen = []
    for _ in range(25):
        parts = task.loss(net, batch)
        optimizer.zero_grad()
        parts["loss"].backward()
        optimizer.step()
        seen.append({name: float(value.detach()) for name, value in parts.items()})
    assert seen[-1]["loss"] < seen[0]["loss"] / 2
    assert seen[-1]["attention"] < seen[0]["attention"]


def test_a_batch_is_labelled_as_its_pictures(data: Path) -> None:
    task = RecognizerTask(config(data, batch=40))
    batch = next(task.batches(1, 0))
    assert (batch["crops"].shape, batch["crops"].dtype) == ((40, 48, 160, 3), torch.uint8)
    drawn = batch["centres"][:, 0, 0] != -1
    assert 5 < int(drawn.sum()) < 35
    named = task.regions.index("gb")
    assert set(batch["regions"][~drawn].tolist()) == {named}
    lengths = (batch["signs"] > 0).sum(1)
    assert torch.equal((batch["centres"][drawn][..., 0] != -1).sum(1), lengths[drawn])
    plates = {plate.text for plate in task.plates}
    assert set(figures.texts_of(np.eye(CLASSES, dtype=np.float32)[batch["signs"][drawn].numpy()])) <= plates


def test_attention_is_wanted_where_the_sign_is() -> None:
    target = attention_target(torch.tensor([[[0.5 / COLUMNS + 0.25, 2.5 / ROWS], [-1.0, -1.0]]]))
    grid = target[0, 0].view(ROWS, COLUMNS)
    assert divmod(int(grid.argmax()), COLUMNS) == (2, 10)
    assert float(grid.sum()) == pytest.approx(1, abs=1e-3)
    assert float(grid[2, 10]) > 2 * float(grid[1, 10])


def test_signs_outside_the_crop_ask_for_no_attention() -> None:
    even = torch.full((1, 10, ROWS * COLUMNS), 1 / (ROWS * COLUMNS))
    outside = torch.full((1, 10, 2), -1.0)
    assert float(attention_loss(even, outside)) == 0
    outside[0, 0] = 0.5
    assert float(attention_loss(even, outside)) == pytest.approx(np.log(ROWS * COLUMNS), abs=0.1)


def test_unknown_regions_cost_nothing() -> None:
    logits = torch.tensor([[5.0, 0.0], [0.0, 5.0]])
    assert float(region_loss(logits, torch.tensor([-1, -1]))) == 0
    known = float(region_loss(logits, torch.tensor([0, -1])))
    assert known == pytest.approx(float(region_loss(logits[:1], torch.tensor([0]))))
    assert known < float(region_loss(logits, torch.tensor([1, -1])))


def test_the_loss_is_the_weighted_sum(data: Path) -> None:
    task = RecognizerTask(config(data))
    batch = next(task.batches(0, 0))
    reading = task.model()(batch["crops"])
    parts = losses(reading, batch, LossConfig(region=2, attention=3))
    whole = parts["signs"] + 2 * parts["region"] + 3 * parts["attention"]
    assert float(parts["loss"].detach()) == pytest.approx(float(whole.detach()), rel=1e-5)


def test_a_plate_in_a_scene_is_framed_by_its_box(tmp_path: Path) -> None:
    pixels = np.zeros((200, 400, 3), np.uint8)
    pixels[80:110, 100:200] = (250, 200, 150)
    path = tmp_path / "0.png"
    cv2.imwrite(str(path), pixels[..., ::-1])
    plates = (LabelledPlate((100, 80, 100, 30), None, "AB1"), LabelledPlate(None, None, "CD2"))
    crops = RealCrops([Labelled(path, "gb", "scene", (400, 200), plates, None, "some")])
    (crop,) = crops.of("some")
    assert (crop.text, crop.region, crops.counts()) == ("AB1", "gb", {"some": 1})
    assert crop.quad is not None
    inside = framed(crop)[8:-8, 12:-12].reshape(-1, 3)
    assert (inside == (250, 200, 150)).all()
    assert framed(crop)[0].max() < 250


def test_figures() -> None:
    told = figures.figures(["AB1", "A0", ""], ["AB1", "AO", "ABCD"])
    assert told["exact"] == pytest.approx(1 / 3)
    assert told["folded"] == pytest.approx(2 / 3)
    assert told["characters"] == pytest.approx(1 - 5 / 9)


def test_classes_and_shares() -> None:
    assert classes_of("0A").tolist() == [1, 1 + SIGNS.index("A")] + [0] * 8
    assert source_shares([1, 100], 0.5).tolist() == pytest.approx([1 / 11, 10 / 11])


def test_train_resumes_and_the_export_equals_the_network(data: Path, tmp_path: Path) -> None:
    from platewise.train.export import export, runner
    from platewise.vision import weights
    from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer
    from platewise.vision.session import OnnxModel

    run = tmp_path / "run"
    train(config(data), run, resume=True)
    train(config(data, steps=6), run, resume=True)
    phase = run / "phase1"
    assert state.read(phase / "last.pt")["step"] == 6
    names = {name for _, name, _ in record.rows(phase / "log.csv")}
    assert {"score", "some/exact", "validation/other/folded", "train/attention"} <= names

    made = product(phase)
    told = export(made, tmp_path / "models", "recognizer")
    assert set(told) == {"fp32", "int8"}
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 160, 3), np.uint8)
    with torch.no_grad():
        expected = made.net(torch.from_numpy(crops))
    full = runner((tmp_path / "models/recognizer-fp32.onnx").read_bytes(), made.outputs)(crops)
    for name, value in zip(made.outputs, expected, strict=True):
        assert np.abs(full[name] - value.numpy()).max() < 1e-3
    content, entry = weights.load("recognizer", tmp_path / "models")
    assert (entry["precision"], entry["signs"], entry["task"]) == ("int8", SIGNS, "recognizer")
    small = OnnxSlotRecognizer(OnnxModel(content, entry, ["CPUExecutionProvider"], 1))
    assert len(small.recognize(list(crops))) == 3
    assert list(small.recognize([crops[0]])[0].regions) == entry["regions"]


def test_attention_stays_float_and_products_become_int8() -> None:
    assert keep_float("/net/layers.0/look/MatMul")
    assert keep_float("/net/signs/MatMul")
    assert keep_float("Softmax")
    assert not keep_float("/net/layers.0/look/query/MatMul")
    assert not keep_float("/net/strokes/strokes.0/strokes.0.0/Conv")


def test_a_second_phase_starts_from_the_first_with_its_regions(data: Path, tmp_path: Path) -> None:
    two = config(data)
    two = two.model_copy(update={"phases": two.phases + config(data, seed=1).phases})
    best = train(two, tmp_path / "run")
    assert best == tmp_path / "run" / "phase2" / "best.pt"
    origin = record.origin_of(best.parent)
    first = tmp_path / "run" / "phase1"
    assert (origin["phase"], origin["start"]) == (1, str(first / "best.pt"))
    assert origin["regions"] == record.origin_of(first)["regions"]
    begun = RecognizerTask(two, origin["regions"], 1, first / "best.pt").model().state_dict()
    for name, value in state.read(first / "best.pt")["ema"].items():
        assert torch.equal(begun[name], value), name


def test_the_shipped_config_is_valid() -> None:
    from platewise.train import config as settings

    path = Path(settings.__file__).parent / "configs" / "recognizer.toml"
    shipped = settings.load(path, RecognizerConfig)
    assert sum(phase.loop.minutes for phase in shipped.limited(5).phases) == pytest.approx(5)
    task = RecognizerTask(shipped)
    nets = [task.size_of(number) for number in range(len(shipped.phases))]
    assert nets[0] == NetConfig()
    for before, after in itertools.pairwise(nets):
        grown(RecognizerNet(3, before), before, RecognizerNet(3, after), after)


def test_a_region_can_be_left_out_of_drawn_and_real_plates(data: Path) -> None:
    everything = RecognizerTask(config(data))
    rest = RecognizerTask(config(data).model_copy(update={"without": ("gb",)}))
    assert everything.crops.counts()["some"] > 0
    assert rest.crops.counts() == {}
    assert "gb" not in {plate.region for plate in rest.plates}
    assert len(rest.plates) <= len(everything.plates)


def test_a_country_is_added_to_the_packaged_weights(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "regions"
    folder.mkdir()
    (folder / "xx.toml").write_text(
        'code = "xx"\nname = "Examplia"\nsources = ["invented"]\n'
        '[[series]]\nname = "one"\npatterns = ["LL-DDD-LL"]\n'
        '[series.look]\nsizes = [[520, 110]]\nfonts = ["din"]\n'
        'colours = [{ ground = "#f3f3f0", ink = "#161616" }]\n'
    )
    monkeypatch.setenv("PLATEWISE_REGION_FOLDERS", str(folder))
    plain = config(data, steps=1, evaluate_every=1)
    plates = PlatesConfig(path=tmp_path / "plates", count=40, favour={"xx": 0.5})
    phase = plain.phases[0].model_copy(update={"plates": plates, "model": None})
    best = train(plain.model_copy(update={"phases": (phase,), "start": "recognizer-fp32"}), tmp_path / "run")
    assert "xx" in record.origin_of(best.parent)["regions"]
    drawn = [plate.region for plate in RecognizerTask(plain.model_copy(update={"phases": (phase,)})).plates]
    assert 10 <= drawn.count("xx") <= 30
    made = product(best.parent)
    crops = made.example
    assert made.entry["regions"] == record.origin_of(best.parent)["regions"]
    assert NetConfig.model_validate(made.entry["net"]) == packaged_size("recognizer-fp32", None)
    with torch.no_grad():
        assert made.net.eval()(torch.from_numpy(crops))[1].shape == (len(crops), len(made.entry["regions"]))


def test_without_real_pictures_drawn_plates_are_enough(data: Path, tmp_path: Path) -> None:
    alone = config(data).model_copy(update={"data": None})
    best = train(alone, tmp_path / "run")
    assert state.read(best)["step"] == alone.phases[0].loop.steps
    made = product(best.parent)
    assert sum(map(len, made.calibration)) >= 300
    assert made.figures(runner_of(made)) == {}
    assert made.entry["sharpness"] > 0


def runner_of(made: Product) -> Run:
    net = made.net.eval()

    def run(crops: np.ndarray) -> dict[str, np.ndarray]:
        with torch.no_grad():
            lattice, regions = net(torch.from_numpy(crops))
        return {"lattice": lattice.numpy(), "regions": regions.numpy()}

    return run


def test_nobody_knows_a_favoured_region() -> None:
    with pytest.raises(NameUnknown, match="zz"):
        PlatesConfig(favour={"zz": 0.5}).regions(library.load())


def test_shares_of_favoured_regions() -> None:
    drawn = PlatesConfig(favour={"tw": 0.4, "vn": 0.1}).regions(library.load())
    whole = sum(region.data.weight for region in drawn)
    shares = {region.code: region.data.weight / whole for region in drawn}
    assert (shares["tw"], shares["vn"]) == (pytest.approx(0.4), pytest.approx(0.1))
    assert list(shares) == list(library.load())


def test_read_tree_sorts_folders(data: Path) -> None:
    assert [item.source for item in read_tree(data / "train")] == ["some"] * 60
