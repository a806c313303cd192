"""The OpenAPI document: ids that clients can be generated from, errors as they are, and no unknown query."""

from collections.abc import Iterator
from inspect import isclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.core.errors import Problem


def operation_id(route: APIRoute) -> str:
    """`items-list_items`: stable while the function keeps its name."""
    return "-".join([*map(str, route.tags), route.name])


class API(FastAPI):
    """FastAPI with the schema that `problems` points at."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            document = super().openapi()
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas |= problem.pop("$defs") | {"Problem": problem}
        return super().openapi()


def query_names(dependant: Dependant) -> Iterator[str]:
    """What a route takes in its query, by itself or by a dependency; a model counts by its fields."""
    for parameter in dependant.query_params:
        kind = parameter.field_info.annotation
        yield from kind.model_fields if isclass(kind) and issubclass(kind, BaseModel) else [parameter.alias]
    for dependency in dependant.dependencies:
        yield from query_names(dependency)


async def refuse_unknown_query(request: Request) -> None:
    """A dependency of every API route: a misspelt filter must not silently answer with everything."""
    route: APIRoute = request.scope["route"]
    if unknown := request.query_params.keys() - set(query_names(route.dependant)):
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": "Not a parameter"} for name in sorted(unknown)]
        )
