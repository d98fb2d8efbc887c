"""`labtop model chat`: talk to a served model in the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tui.cli.configured import OptionCommand, given, load_settings
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.chat.exchange import Exchange
    from core.chat.session import Session
    from core.config.options.chat import ChatOptions
    from core.config.options.serve import BackendOptions

SAMPLING = ("temperature", "max_tokens", "seed")


@click.command(cls=OptionCommand, options="chat")
@click.argument("question", nargs=-1)
@click.pass_context
def chat(context: click.Context, question: tuple[str, ...], options: ChatOptions) -> None:
    """Talk to a served model; QUESTION is asked first.

    If no server has the model, a temporary one is started, which ends with the chat.
    """
    from core import paths
    from core.chat.saved import SessionStore
    from core.serving.tls.client import client_tls
    from tui.cli.model.chat.conversation import Conversation, prepare_client
    from tui.cli.model.chat.documents import read_documents
    from tui.cli.model.chat.lines import LineReader
    from tui.cli.model.chat.loop import converse
    from tui.cli.model.chat.server import served
    from tui.cli.model.chat.sessions import chosen_session, manage
    from tui.cli.model.chat.view import ChatView
    from tui.cli.signals import ended_by_signals

    store = SessionStore(paths.current().chatlogs_dir)
    if manage(options, store):
        return
    asked = _question(question, quick=options.quick_question)
    documents = None if options.rag is None else read_documents(options.rag, options.retriever_top_k)
    prepare_client()

    def serving() -> BackendOptions:
        return _serving(context, options)

    tls = client_tls(options, options.tls_client_passwd)
    with ended_by_signals(), chosen_session(options, store) as session:
        _apply(context, options, session)
        with served(options, tls, serving, only_there=given(context, "endpoint_url")) as found:
            view = ChatView(plain=options.no_decoration, quiet=options.json_output)
            conversation = Conversation(found, session, view, store, documents)
            if not options.quick_question:
                converse(conversation, LineReader(view.console, vi_mode=options.vi_mode), asked)
                conversation.session.close()
                return
            exchange = conversation.ask(asked)
            if options.json_output:
                print_json(_answer(exchange, conversation.target.model, asked))


def _question(words: tuple[str, ...], *, quick: bool) -> str:
    """The question of the command line; a quick one may come from a pipe."""
    asked = " ".join(words)
    if quick and not asked and not sys.stdin.isatty():
        asked = sys.stdin.read().strip()
    if quick and not asked:
        raise click.UsageError("--qq requires a question.")
    return asked


def _apply(context: click.Context, options: ChatOptions, session: Session) -> None:
    """Use the options for a new conversation; for a resumed one those that were given for this run."""
    from core.chat.contexts import resolve_context

    resumed = bool(session.all_turns)
    changes = {name: getattr(options, name) for name in SAMPLING if not resumed or given(context, name)}
    if not resumed or given(context, "context"):
        chosen = resolve_context(options.context)
        changes |= {"context": chosen.name, "system_prompt": chosen.prompt}
    session.change(**changes)


def _serving(context: click.Context, options: ChatOptions) -> BackendOptions:
    """How a temporary server serves: the settings of `model serve`, without the adapters of another model."""
    from core.config.options.serve import BackendOptions

    settings = load_settings(context).section("serve")
    known = {name: value for name, value in settings.items() if name in BackendOptions.model_fields}
    family = {"model_family": options.model_family} if options.model_family else {}
    return BackendOptions(**{**known, **family, "lora": ()})


def _answer(exchange: Exchange, model: str, question: str) -> dict[str, Any]:
    figures = exchange.figures()
    return {
        "model": model,
        "question": question,
        "answer": exchange.text,
        "seconds": round(figures.seconds, 3),
        "first_token_seconds": figures.first_token_seconds and round(figures.first_token_seconds, 3),
        "tokens": figures.tokens,
        "tokens_per_second": figures.rate and round(figures.rate, 1),
        "ended": figures.ended or "complete",
        "left_out_turns": exchange.sent.left_out,
        "sources": [
            {"number": passage.number, "file": passage.file, "heading": passage.heading}
            for passage in exchange.passages
        ],
    }
