"""The OpenAPI document: ids that clients can be generated from, errors as they are, and no unknown query."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

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


_known: dict[object, set[str]] = {}


async def refuse_unknown_query(request: Request) -> None:
    """A dependency of every API route: a misspelt filter must not silently answer with everything."""
    route: APIRoute = request.scope["route"]
    key = (route.path, route.endpoint)
    if key not in _known:
        names = {parameter.alias for parameter in get_flat_params(route.dependant)}
        _known[key] = names - request.path_params.keys()
    if unknown := request.query_params.keys() - _known[key]:
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": "Not a parameter"} for name in sorted(unknown)]
        )
