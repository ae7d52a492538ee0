"""The readers that are compared, each as one function: a picture's path to a function that reads it.

A candidate is the name of a pipeline of Platewise, with ``@provider`` where another than the CPU of ONNX
Runtime computes, or ``fast-alpr``.
"""

from collections.abc import Callable
from pathlib import Path

from platewise.errors import InputError

FAST_ALPR = "fast-alpr"
WHERE = (
    "https://github.com/ankandrew/open-image-models/releases/download/assets/"
    "yolo-v9-t-384-license-plates-end2end.onnx",
    "https://github.com/ankandrew/cnn-ocr-lp/releases/download/arg-plates/cct_xs_v2_global.onnx",
    "https://github.com/ankandrew/cnn-ocr-lp/releases/download/arg-plates/cct_xs_v2_global_plate_config.yaml",
)
"""Where the weights that fast-alpr 0.4.0 takes by default are, according to its own hubs."""
SURE = 0.4
"""The least score of a detection by which fast-alpr goes when nobody says otherwise."""
Texts = list[str]
Prepared = Callable[[], Texts]
"""Reads a picture that is decoded already; it may be called again and again."""
Candidate = Callable[[str], Prepared]


def candidate(name: str, threads: int, models: Path | None) -> Candidate:
    """Load a candidate that computes with so many threads; ``models`` are the weights of fast-alpr."""
    import cv2

    cv2.setNumThreads(threads)
    if name == FAST_ALPR:
        return _fast_alpr(threads, *weights(models))
    pipeline, _, provider = name.partition("@")
    return _platewise(pipeline, provider, threads)


def why_not(name: str, models: Path | None) -> str | None:
    """Say why a candidate cannot take part, and what to do; None where it can."""
    if name != FAST_ALPR:
        return None
    try:
        import fast_alpr  # noqa: F401
    except ModuleNotFoundError:
        return "fast-alpr is not installed: pip install 'platewise[peers]'"
    try:
        weights(models)
    except InputError as error:
        return str(error)
    return None


def weights(models: Path | None) -> tuple[Path, Path, Path]:
    """Return detector, recogniser and the recogniser's settings in a folder; InputError says how to get them.

    The settings are ``X_plate_config.yaml`` or ``X_config.yaml``, the recogniser is ``X.onnx``, the detector
    the other ONNX file.
    """
    if models is None:
        wanted = "\n".join(f"    {address}" for address in WHERE)
        raise InputError(
            "its weights are not part of its package: put these three files into a folder\n"
            f"{wanted}\n  and name it: make bench ARGS='--peer-models DIR'"
        )
    settings = sorted(models.glob("*_config.yaml"))
    stems = [path.name.removesuffix("_config.yaml").removesuffix("_plate") for path in settings]
    recognizers = [models / f"{stem}.onnx" for stem in stems]
    detectors = [path for path in sorted(models.glob("*.onnx")) if path not in recognizers]
    if not (len(settings) == len(detectors) == 1 and recognizers[0].is_file()):
        found = ", ".join(path.name for path in sorted(models.glob("*"))) or "nothing"
        raise InputError(
            f"{models} must hold one detector.onnx, one X.onnx and its X_plate_config.yaml; there is {found}"
        )
    return detectors[0], recognizers[0], settings[0]


def _platewise(pipeline: str, provider: str, threads: int) -> Candidate:
    from platewise import Reader
    from platewise.settings import Settings
    from platewise.vision.decode import decode

    providers = (provider,) if provider else ("cpu",)
    reader = Reader(pipeline=pipeline, settings=Settings(threads=threads, providers=providers))

    def prepare(path: str) -> Prepared:
        pixels = decode(path, reader.settings).pixels
        return lambda: [read.plate.text for read in reader.read(pixels) if read.plate]

    return prepare


def _fast_alpr(threads: int, detector: Path, recognizer: Path, settings: Path) -> Candidate:
    """Return fast-alpr as its documentation builds it, with given files, threads and the CPU provider."""
    import cv2
    import onnxruntime
    from fast_alpr import ALPR
    from open_image_models.detection.core.yolo_v9.inference import YoloV9Detector

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    cpu = ["CPUExecutionProvider"]
    finder = YoloV9Detector(
        detector, ("License Plate",), conf_thresh=SURE, providers=cpu, sess_options=options
    )
    alpr = ALPR(
        detector=finder,
        ocr_model=None,
        ocr_providers=cpu,
        ocr_sess_options=options,
        ocr_model_path=recognizer,
        ocr_config_path=settings,
    )

    def prepare(path: str) -> Prepared:
        pixels = cv2.imread(path)
        return lambda: [found.ocr.text for found in alpr.predict(pixels) if found.ocr and found.ocr.text]

    return prepare
