"""Reads what the owner set for an output or a gate's driver."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from platewise.errors import InputError
from platewise.outputs.protocol import Options

M = TypeVar("M", bound=BaseModel)


class Checked(BaseModel):
    """Options of one kind: those it does not know are a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def read(model: type[M], options: Options) -> M:
    """Return the options as a model; InputError names the first that is wrong, never its value."""
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "options"
        wanted = model.model_fields.get(place)
        if first["type"] == "string_pattern_mismatch" and wanted and wanted.examples:
            raise InputError(f"option {place}: give one such as {wanted.examples[0]}") from error
        raise InputError(f"option {place}: {first['msg'].removeprefix('Value error, ')}") from error
