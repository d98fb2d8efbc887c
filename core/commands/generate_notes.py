"""What `data generate` says about options that have no effect together with others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.config.options.tls import TLS_FILES

if TYPE_CHECKING:
    from core.config.options.generate import GenerateOptions


def notes(options: GenerateOptions) -> Iterator[str]:
    """A sentence about each option without effect."""
    if options.endpoint_url:
        for name in ("gpus", "server_ctx_size", "model_family", "enable_serving_output"):
            if getattr(options, name):
                yield f"--{name.replace('_', '-')} has no effect: with --endpoint-url, labtop does not start a server."
        return
    for name in ("tls_insecure", *TLS_FILES):
        if getattr(options, name):
            yield f"--{name.replace('_', '-')} has no effect: there is no --endpoint-url to connect to."
    yield from _about_server(options)


def _about_server(options: GenerateOptions) -> Iterator[str]:
    from core.serving.names import BUILTIN_TEACHER

    for name in ("gpus", "model_family"):
        if getattr(options, name) and options.model == BUILTIN_TEACHER:
            yield f"--{name.replace('_', '-')} has no effect: {BUILTIN_TEACHER} is not a language model."
    if options.server_ctx_size and options.model == BUILTIN_TEACHER:
        yield f"--server-ctx-size has no effect: {BUILTIN_TEACHER} reads prompts of any length."
    if options.enable_serving_output and options.detached:
        yield "--enable-serving-output has no effect with --detached: teacher.log in the job's folder has the output."
