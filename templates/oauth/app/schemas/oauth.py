from typing import Annotated

from pydantic import Field

from app.schemas.base import TEXT, Input

Given = Annotated[str, Field(max_length=2048, pattern=TEXT)]


class Return(Input):
    """What a provider sends the browser back with: a code or an error, and more than we look at."""

    state: Given
    code: Given | None = None
    error: Given | None = None
    error_description: Given | None = None
    error_uri: Given | None = None
    iss: Given | None = None
    scope: Given | None = None
    authuser: Given | None = None
    hd: Given | None = None
    prompt: Given | None = None
    session_state: Given | None = None
