from typing import Annotated

from pydantic import BaseModel, Field

from app.schemas.base import TEXT

Given = Annotated[str, Field(max_length=2048, pattern=TEXT)]


class Return(BaseModel):
    """What we look at of what a provider sends the browser back with. RFC 6749 has us ignore the rest."""

    state: Given
    code: Given | None = None
