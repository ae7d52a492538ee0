"""One blueprint a noun: routes whose request and answer are described by pydantic models."""

from typing import Any

from flask_openapi import APIBlueprint, RequestBody, Tag

from platewise.web.errors import ErrorAnswer

FAILURES: dict[Any, Any] = dict.fromkeys(("422", "4XX", "5XX"), ErrorAnswer)


def noun(name: str, about: str) -> APIBlueprint:
    """Return the blueprint of a noun; every route of it may fail in the one shape."""
    tag = Tag(name=name, description=about)
    return APIBlueprint(
        name, __name__, abp_tags=[tag], abp_responses=dict(FAILURES), operation_id_callback=_name
    )


def content(kind: str, about: str) -> dict[str, Any]:
    """Describe an answer that is no JSON."""
    return {"description": about, "content": {kind: {"schema": {"type": "string"}}}}


def file_in(field: str) -> RequestBody:
    """Describe a form with one file."""
    file = {"type": "string", "format": "binary"}
    schema = {"type": "object", "required": [field], "properties": {field: file}}
    form = {"multipart/form-data": {"schema": schema}}
    return RequestBody.model_validate({"required": True, "content": form})


def _name(*, bp_name: str = "", name: str, path: str, method: str) -> str:
    return name
