"""Which chat template a server uses: the model's own, a file, or that of the model's family.

A template is checked before a server is started: vLLM reports a wrong one only with the first chat.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.nodes import CallBlock, Node
from jinja2.parser import Parser

from core.errors import LabtopError, UsageError
from core.files import read_regular
from core.paths import expanded
from core.printable import printable

AUTO, TOKENIZER = "auto", "tokenizer"

FOLDER = Path(__file__).parent / "vllm" / "templates"

MAX_BYTES = 2**27
"""A longer file is no template, and no tokenizer."""

FAMILIES = {"granite": "granite", "mixtral": "mixtral", "merlinite": "granite", "mistral": "mixtral"}
"""By a name that InstructLab's users know: the family whose template applies."""

ARCHITECTURES = {"granite": "granite", "granitemoe": "granite", "mixtral": "mixtral", "mistral": "mixtral"}
"""By `model_type` of config.json."""

GRANITE_7B_TOKENS = ("<|user|>", "<|assistant|>")
"""Tokens of the granite-7b models, which have the architecture of Llama and a template of their own."""

GRANITE_3_TOKEN = "<|start_of_role|>"


@dataclass(frozen=True)
class Template:
    """The chat template of a server."""

    file: Path | None
    """In place of the model's own; None if that is used, or if there is none."""
    note: str = ""
    """What the user should know about the choice."""


def choose_template(model: Path, chat_template: str, family: str | None) -> Template:
    """The template for a model's folder. Raises LabtopError for one that does not exist or does not parse."""
    if family is not None and family.lower() not in FAMILIES:
        raise UsageError(f"--model-family: input should be one of {', '.join(FAMILIES)}, not {family!r}.")
    if chat_template not in (AUTO, TOKENIZER):
        file = expanded(chat_template).absolute()
        _check(_read(file), file)
        return Template(file)
    own = own_template(model)
    if own is not None:
        _check(own, model)
        unused = f"The model has its own chat template, so --model-family {family} has no effect." if family else ""
        return Template(None, unused)
    if chat_template == TOKENIZER:
        raise LabtopError(
            f"The model in {model} has no chat template of its own.",
            hint="Use --chat-template FILE, or --model-family granite or mixtral.",
        )
    name = _family_template(model, family)
    if name is None:
        return Template(None, "The model has no chat template: it answers completions, but no chats.")
    return Template(
        FOLDER / f"{name}.jinja", f"The model has no chat template of its own; that of {name} models is used."
    )


def own_template(model: Path) -> str | None:
    """The template in a model's folder: a file, or a field of its tokenizer's configuration."""
    for name in ("chat_template.jinja", "chat_template.json"):
        if (model / name).is_file():
            text = _read(model / name)
            if name.endswith(".jinja"):
                return text
            return _text(_json(model / name).get("chat_template"))
    return _text(_json(model / "tokenizer_config.json").get("chat_template"))


def _text(value: Any) -> str | None:
    """A template, or the default one of several."""
    if isinstance(value, list):
        named = {each.get("name"): each.get("template") for each in value if isinstance(each, dict)}
        value = named.get("default")
    return value if isinstance(value, str) and value else None


def _family_template(model: Path, family: str | None) -> str | None:
    config = _json(model / "config.json")
    known = ARCHITECTURES.get(str(config.get("model_type")))
    name = FAMILIES[family.lower()] if family else known
    tokens = _special_tokens(model)
    if name in (None, "granite") and GRANITE_3_TOKEN not in tokens and set(GRANITE_7B_TOKENS) <= tokens:
        return "granite-7b"
    return name


def _special_tokens(model: Path) -> set[str]:
    added = _json(model / "tokenizer.json").get("added_tokens")
    return {str(each.get("content")) for each in added if isinstance(each, dict)} if isinstance(added, list) else set()


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_regular(file, MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _read(file: Path) -> str:
    try:
        return read_regular(file, MAX_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise LabtopError(
            f"The chat template {file} cannot be read: {reason}.",
            hint="Use --chat-template auto, tokenizer, or the path of a Jinja file.",
        ) from error


class _Generation(Extension):
    """`{% generation %}…{% endgeneration %}` of transformers, which marks the assistant's tokens."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: Parser) -> Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return CallBlock(self.call_method("_unchanged"), [], [], body).set_lineno(line)

    def _unchanged(self, caller: Any) -> str:
        return str(caller())


def _check(text: str, where: Path) -> None:
    try:
        jinja2.Environment(extensions=["jinja2.ext.loopcontrols", _Generation]).parse(text)
    except jinja2.TemplateSyntaxError as error:
        reason = f"line {error.lineno} does not parse: {printable(' '.join(str(error.message).split()))[:200]}"
    except RecursionError:
        reason = "it is nested too deeply"
    else:
        return
    raise LabtopError(
        f"The chat template of {where} cannot be used: {reason.rstrip('.')}.",
        hint="Correct it, or use --chat-template with another file.",
        code="bad-template",
    )
