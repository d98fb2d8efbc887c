"""Every error in OpenAI's format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from core.config.reasons import input_path
from core.serving.embedded import replies
from core.serving.embedded.generator import InvalidRequestError
from core.serving.embedded.sequences import ServerEndingError

CLIENT_GONE = 499
"""The status that web servers log for a request whose client disconnected; no client receives it."""


class ApiError(Exception):
    """A response with another status than 200."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error", code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = replies.error_body(message, kind, code)


def handle_errors(app: FastAPI) -> None:
    """Return every error in OpenAI's format."""

    @app.exception_handler(ApiError)
    async def api_error(_request: Request, error: ApiError) -> Response:
        return JSONResponse(error.body, error.status)

    @app.exception_handler(InvalidRequestError)
    async def refused(_request: Request, error: InvalidRequestError) -> Response:
        return JSONResponse(replies.error_body(error.message, "invalid_request_error", error.code), 400)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return JSONResponse(
            replies.error_body(_first_problem(error.errors(), error.body), "invalid_request_error"), 400
        )

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> Response:
        return JSONResponse(replies.error_body(str(error.detail), "invalid_request_error"), error.status_code)

    @app.exception_handler(ServerEndingError)
    async def ending(_request: Request, error: ServerEndingError) -> Response:
        return JSONResponse(replies.error_body(str(error), "server_error"), 503)

    @app.exception_handler(Exception)
    async def failed(_request: Request, error: Exception) -> Response:
        return JSONResponse(replies.error_body(f"The server failed: {error}", "server_error"), 500)


def _first_problem(errors: Sequence[Any], body: Any) -> str:
    """The first validation error of a body, as a sentence."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return f"The body is not JSON: {first['ctx']['error']}."
    place = input_path(first, {"body": body}).removeprefix("body").removeprefix(".") or "body"
    return f"{place}: {first['msg']}."
