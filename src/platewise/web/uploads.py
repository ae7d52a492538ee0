"""The picture of a request."""

from flask import request
from werkzeug.datastructures import FileStorage

from platewise.web.errors import Refusal


def picture(*fields: str) -> FileStorage:
    """Return the one file sent in these form fields; 400 when there is none, or several."""
    files = [file for field in fields for file in request.files.getlist(field) if file.filename]
    if len(files) != 1:
        named = " or ".join(f"'{field}'" for field in fields)
        message = f"Send one picture as multipart/form-data in the field {named}; {len(files)} came."
        raise Refusal(400, "no_file", message)
    return files[0]
