"""Request bodies that programs send as JSON and pages as forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

JSON, FORM, FILES = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
M = TypeVar("M", bound=BaseModel)


def body_of(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A dependency: the body as `model`. Raises RequestValidationError, HTTPException (415) for another media type."""

    async def read(request: Request) -> M:
        try:
            return model.model_validate(await _plain(request, model))
        except ValidationError as error:
            found = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors(include_url=False)]
            raise RequestValidationError(found) from None

    return read


async def _plain(request: Request, model: type[BaseModel]) -> object:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == JSON:
        try:
            return await request.json()
        except (ValueError, RecursionError):
            raise HTTPException(400, "The body is no JSON.") from None
    if media_type in {FORM, FILES}:
        form = await request.form()
        lists = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}
        return {
            name: form.getlist(name) if name in lists else value
            for name, value in form.items()
            if name in model.model_fields and value != ""
        }
    if not media_type and not await request.body():
        return {}
    raise HTTPException(415, f"The body is {JSON} or {FORM}.")


def documented(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    schema = model.model_json_schema()
    content = {JSON: {"schema": schema}, FORM: {"schema": schema}}
    return {"requestBody": {"required": required, "content": content}}
