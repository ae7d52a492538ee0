"""Shapes of requests and answers that several nouns share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from platewise.core.plate import MAX_SIGNS, normalise
from platewise.store.queries import MOST
from platewise.store.records import FrameRecord, ReadRecord, State
from platewise.web.errors import BAD_TIME
from platewise.web.times import Time

T = TypeVar("T")


def _with_signs(plate: str) -> str:
    if not normalise(plate):
        raise ValueError("a plate has letters or digits")
    return plate


def _readable(plate: str) -> str:
    if len(normalise(plate)) > MAX_SIGNS:
        raise ValueError(f"a plate has at most {MAX_SIGNS} letters and digits")
    return plate


def _reachable(name: str) -> str:
    if name in (".", ".."):
        raise ValueError("a name is more than dots: no address leads to it")
    return name


Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
"""Text of a request; databases keep no NUL."""
Name = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f/]+$"), AfterValidator(_reachable)
]
"""The name of a camera or a list."""
PlateText = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$"), AfterValidator(_with_signs)
]
"""A plate in any spelling."""
RightPlate = Annotated[PlateText, AfterValidator(_readable)]
"""A plate as a person saw it."""
Number = Annotated[int, Field(ge=1, le=2**53)]
"""The number that the store gave a record."""


class Request(BaseModel):
    """What a request says; a name that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe what may be left out as such: a query has no null."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        for name, value in schema.get("properties", {}).items():
            given = [one for one in value.get("anyOf", ()) if one != {"type": "null"}]
            if len(given) == 1:
                rest = {k: v for k, v in value.items() if k not in ("anyOf", "default")}
                schema["properties"][name] = {**given[0], **rest}
        return schema


class Span(Request):
    """Of when, from `since` until just before `until`; a span in which nothing can lie is a mistake."""

    since: Time | None = None
    until: Time | None = Field(None, description="The first moment after.")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.since and self.until and self.until <= self.since:
            raise PydanticCustomError(BAD_TIME, "the span of time is empty: until must be after from (since)")
        return self


class Paging(Request):
    """Which page: how many items, after which cursor."""

    limit: int = Field(50, ge=1, le=MOST)
    cursor: Text | None = Field(None, description="The `next` of the page before.")


class CharacterAnswer(BaseModel):
    """One sign and its probability."""

    text: str
    confidence: float


class CandidateAnswer(BaseModel):
    """One possible text and its probability."""

    plate: str
    confidence: float


class FrameAnswer(BaseModel):
    """The picture of a read; `image` names it under `/v1/images` while it is kept."""

    id: int
    captured_at: datetime
    received_at: datetime
    width: int
    height: int
    camera: str | None
    image: str | None


class ReadAnswer(BaseModel):
    """A kept read, with the plate as it is known now. `raw` is what was read at first."""

    id: int
    plate: str | None
    display: str | None
    region: str | None
    confidence: float
    detection_confidence: float
    box: list[float] = Field(description="[x, y, width, height] px of the frame")
    quad: list[list[float]] = Field(description="the plate's own corners, clockwise from its top-left")
    characters: list[CharacterAnswer]
    explain: list[str]
    raw: str
    state: State
    frame: FrameAnswer
    crop: str | None
    pipeline: str
    model: str
    likelihood: float | None


class Page(BaseModel, Generic[T]):
    """Some items and the cursor of the page after them; null at the end."""

    items: list[T]
    next: str | None


def read_answer(record: ReadRecord) -> ReadAnswer:
    """Return a read as the API shows it."""
    xs, ys = zip(*record.quad, strict=True)
    signs = [CharacterAnswer(text=c.text, confidence=round(c.confidence, 4)) for c in record.characters]
    return ReadAnswer(
        id=record.id,
        plate=record.normalised or None,
        display=record.display or None,
        region=record.region,
        confidence=round(record.confidence, 4),
        detection_confidence=round(record.detection_confidence, 4),
        box=[round(v, 1) for v in (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))],
        quad=[[round(x, 1), round(y, 1)] for x, y in record.quad],
        characters=signs,
        explain=list(record.explain),
        raw=record.raw,
        state=record.state,
        frame=frame_answer(record.frame),
        crop=record.crop,
        pipeline=record.pipeline,
        model=record.model,
        likelihood=record.likelihood,
    )


def frame_answer(frame: FrameRecord) -> FrameAnswer:
    """Return a frame as the API shows it."""
    return FrameAnswer.model_validate(frame, from_attributes=True)


def page(model: type[T], items: Sequence[T], cursor: str | None) -> dict[str, Any]:
    """Return a page as plain JSON."""
    return Page[model](items=list(items), next=cursor).model_dump(mode="json")  # type: ignore[valid-type]
