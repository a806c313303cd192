"""The OpenAPI document: ids that clients can be generated from, errors as they are, and no unknown query."""

from functools import cached_property
from typing import Any

from fastapi import FastAPI, Request
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

    @cached_property
    def query_names(self) -> dict[str, set[str]]:
        """The query parameters of each operation."""
        operations = [operation for path in self.openapi()["paths"].values() for operation in path.values()]
        return {
            operation["operationId"]: {
                parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
            }
            for operation in operations
        }


async def refuse_unknown_query(request: Request) -> None:
    """A dependency of every API route: a misspelt filter must not silently answer with everything."""
    route: APIRoute = request.scope["route"]
    known = request.app.query_names.get(route.operation_id or operation_id(route), set())
    if unknown := request.query_params.keys() - known:
        message = "Extra inputs are not permitted"
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": message} for name in sorted(unknown)]
        )
