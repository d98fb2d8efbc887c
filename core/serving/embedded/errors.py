"""Every error in OpenAI's shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from core.config.reasons import input_path
from core.serving.embedded import replies
from core.serving.embedded.generator import RequestRefusedError
from core.serving.embedded.sequences import ServerEndingError

CLIENT_GONE = 499
"""Status for the log of a request whose client left, as web servers have it; nobody reads it."""


class ApiError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error", code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = replies.error_body(message, kind, code)


def handle_errors(app: FastAPI) -> None:
    """Have every error answered in OpenAI's shape."""

    @app.exception_handler(ApiError)
    async def api_error(_request: Request, error: ApiError) -> Response:
        return JSONResponse(error.body, error.status)

    @app.exception_handler(RequestRefusedError)
    async def refused(_request: Request, error: RequestRefusedError) -> Response:
        return JSONResponse(replies.error_body(error.message, "invalid_request_error", error.code), 400)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return JSONResponse(
            replies.error_body(_what_is_wrong(error.errors(), error.body), "invalid_request_error"), 400
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


def _what_is_wrong(errors: Sequence[Any], body: Any) -> str:
    """The first thing that is wrong with a body, in a sentence."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return f"The body is not JSON: {first['ctx']['error']}."
    place = input_path(first, {"body": body}).removeprefix("body").removeprefix(".") or "body"
    return f"{place}: {first['msg']}."
