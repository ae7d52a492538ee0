"""``/v1/images``: the evidence pictures."""

from typing import Annotated

from flask import Response
from pydantic import BaseModel, Field

from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import content, noun
from platewise.web.parts import parts

blueprint = noun("images", "The pictures of frames and plates, while they are kept.")


class ImagePath(BaseModel):
    """The key of a picture, as a read or an event names it."""

    key: Annotated[str, Field(max_length=100)]


@blueprint.get("/v1/images/<key>", responses={200: content("image/jpeg", "The picture.")})
@policy("viewer", scope="reads:read")
def get_image(path: ImagePath) -> Response:
    """Return a picture; its key stands for its bytes, so it never changes."""
    data = parts().store.images.load(path.key)
    if data is None:
        raise Refusal(404, "not_found", "There is no such picture, or no more.")
    response = Response(data, mimetype="image/jpeg")
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    return response
