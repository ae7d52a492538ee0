"""Plate Recognizer's Snapshot: ``/v1/plate-reader/``, ``/info/``, ``/v1/statistics/``."""

import json
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Literal

from flask import Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field

from platewise import clock
from platewise.core.read import Read
from platewise.dialects import countries
from platewise.dialects import plate_recognizer as dialect
from platewise.vision.reader import Reader
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.looking import Look
from platewise.web.parts import parts
from platewise.web.vendors import shared, usage
from platewise.web.vendors.formats import Formats

SCOPE = shared.scope("platerecognizer")
_STATUSES = {415: 400, 422: 400}


class PlateRecognizerFailure(BaseModel):
    """What is wrong."""

    detail: str
    status_code: int


class Config(BaseModel):
    """The keys of ``config`` that change something here; others are taken and change nothing."""

    model_config = ConfigDict(extra="ignore")

    mode: Literal["normal", "fast", "redaction"] = "normal"
    detection_mode: Literal["plate", "vehicle"] = "plate"
    region: Literal["normal", "strict"] = "normal"
    threshold_d: float = Field(0.0, ge=0, le=1)
    threshold_o: float = Field(0.0, ge=0, le=1)
    text_formats: list[str] = []


class SnapshotAnswer(BaseModel):
    """What was read; each of `results` has `plate`, `score`, `box`, `region`, `candidates`, `vehicle`."""

    processing_time: float
    results: list[dict[str, Any]]
    filename: str
    version: int
    camera_id: str | None
    timestamp: str
    usage: dict[str, int]


class InfoAnswer(BaseModel):
    """The version of the server."""

    version: str
    license_key: str
    webhooks: list[str]


class MonthAnswer(BaseModel):
    """How much was read this month, and in all."""

    usage: dict[str, int | str]
    total_calls: int


def _shape(status: int, message: str) -> tuple[int, dict[str, Any]]:
    status = _STATUSES.get(status, status)
    return status, {"detail": message, "status_code": status}


blueprint = shared.family(
    "platerecognizer", "Plate Recognizer's Snapshot API, cloud and SDK.", _shape, PlateRecognizerFailure
)
_FORM = shared.form_of(
    upload="file",
    upload_url="text",
    regions="text",
    camera_id="text",
    timestamp="text",
    mmc="text",
    config="text",
)


@blueprint.post(
    "/v1/plate-reader/",
    strict_slashes=False,
    request_body=_FORM,
    responses={200: SnapshotAnswer, 201: SnapshotAnswer},
)
@policy("seed", SCOPE, carriers=("token",))
def plate_reader() -> Response:
    """Read the picture in `upload`, a file or base64, or at `upload_url`."""
    config = _config()
    wanted = _Wanted(config)

    def answer(seen: Look) -> Response:
        """Tell it as Snapshot does."""
        response = jsonify(_told(seen, config, wanted))
        response.status_code = parts().settings.platerecognizer_status
        return response

    return shared.read_and_keep(
        lambda: shared.sent_picture("upload", url="upload_url"),
        wanted.reader,
        answer,
        shared.camera(),
        shared.moment(shared.told("timestamp")),
        wanted.among,
    )


@blueprint.get("/info/", strict_slashes=False, responses={200: InfoAnswer})
@policy("seed", SCOPE, carriers=("token",))
def plate_recognizer_info() -> Response:
    """Tell which version answers; there is no licence to tell."""
    return jsonify(version=version("platewise"), license_key="", webhooks=[])


@blueprint.get("/v1/statistics/", responses={200: MonthAnswer})
@policy("seed", SCOPE, carriers=("token",))
def plate_recognizer_statistics() -> Response:
    """Tell how many pictures were read this month, and how many are kept in all."""
    now = clock.now()
    month = {"month": now.month, "calls": usage.calls().count(), "year": now.year}
    resets = dialect.time(usage.month_of(now)[1])
    return jsonify(usage={**month, "resets_on": resets}, total_calls=usage.total())


class _Wanted:
    """Which reads a request asks for."""

    def __init__(self, config: Config) -> None:
        self._config, self._formats = config, Formats(config.text_formats)
        self.calls = usage.calls()
        named = [
            code for text in request.values.getlist("regions") for code in text.split(",") if code.strip()
        ]
        self.regions = countries.known(named)
        if config.region == "strict" and not self.regions:
            raise Refusal(400, "bad_parameter", "region: strict needs regions that are known here.")

    def reader(self) -> Reader:
        """Return the reader that expects the regions."""
        return parts().readers.get(self.regions)

    def among(self, seen: Look) -> Look:
        """Return what was seen, as far as it is asked for."""
        reads = tuple(filter(self._is_wanted, map(self._formats.prefer, seen.reads)))
        return replace(seen, reads=replace(seen.reads, reads=reads))

    def _is_wanted(self, read: Read) -> bool:
        config = self._config
        if read.detection_confidence < config.threshold_d:
            return False
        if read.plate is None:
            return config.region != "strict"
        in_region = config.region != "strict" or read.plate.region in self.regions
        return in_region and read.confidence >= config.threshold_o


def _config() -> Config:
    """Return the field ``config``, which holds JSON; 400 when it does not."""
    try:
        given = json.loads(shared.told("config") or "{}")
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "bad_parameter", f"config: this is no JSON ({error}).") from error
    return Config.model_validate(given)


def _told(seen: Look, config: Config, wanted: _Wanted) -> dict[str, Any]:
    mmc, direction = shared.switched_on("mmc"), shared.switched_on("direction")
    # Unreadable plates matter to who wants to hide them; others take each result's plate for a text.
    shown = [read for read in seen.reads if read.plate or config.mode == "redaction"]
    at = shared.moment(shared.told("timestamp")) or clock.now()
    return {
        "processing_time": round(seen.reads.ms["total"], 3),
        "results": [
            dialect.vehicle_result(read, mmc)
            if config.detection_mode == "vehicle"
            else dialect.result(read, mmc, direction)
            for read in shown
        ],
        "filename": seen.upload.name or "upload.jpg",
        "version": 1,
        "camera_id": shared.told("camera_id"),
        "timestamp": dialect.time(at),
        "usage": {"max_calls": usage.UNLIMITED, "calls": wanted.calls.count(1)},
    }
