"""Request bodies that programs send as JSON and pages as forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ValidationError
from starlette.exceptions import HTTPException

JSON, FORM, FILES = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"


def _no_number(value: object) -> object:
    """A form's texts are read as what they stand for; JSON's numbers stand for nothing but numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError("it must not be a number")
    return value


NoNumber = BeforeValidator(_no_number)
Flag = Annotated[bool, NoNumber]
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


def documented(model: type[BaseModel], *, required: bool = True, forms: bool = True) -> dict[str, Any]:
    """For a route's `openapi_extra`. `forms`: also as a form, in which nothing is null."""
    whole = model.model_json_schema()
    schema = _inlined({name: part for name, part in whole.items() if name != "$defs"}, whole.get("$defs", {}))
    content = {JSON: {"schema": schema}, **({FORM: {"schema": _never_null(schema)}} if forms else {})}
    return {"requestBody": {"required": required, "content": content}}


def _inlined(schema: Any, known: dict[str, Any]) -> Any:
    """With the models that it refers to in their places: the document does not have them."""
    if isinstance(schema, list):
        return [_inlined(part, known) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    return {name: _inlined(part, known) for name, part in schema.items()}


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties without the alternative null, and without the default that stands for it.

    What else a form sends (its token, a button's name) is left alone.
    """
    properties = {}
    for name, part in schema["properties"].items():
        told = [one for one in part.get("anyOf", ()) if one != {"type": "null"}]
        rest = {key: value for key, value in part.items() if key not in ("anyOf", "default")}
        properties[name] = {**rest, **told[0]} if len(told) == 1 else part
    return {**schema, "properties": properties, "additionalProperties": True}
