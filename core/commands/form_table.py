"""The forms: which options each shows, and which of them first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.commands.run_rows import NOT_FOR_RUN, stage_rows
from core.config.option import OptionRow
from core.config.option_table import TABLE

OF_TERMINALS = frozenset(
    (
        "json_output",
        "detached",
        "quiet",
        "skip_user_confirm",
        "dry_run",
        "measure",
        "node_rank",
        "journal",
        "enable_serving_output",
        "quick_question",
        "log_file",
        "list_servers",
    )
)
"""Options about what a command prints, whether it waits, and on which machine it runs: a form has no use for them."""

Texts = Mapping[str, str]
"""The texts of a form's fields, by the names of their options."""


@dataclass(frozen=True)
class FormSpec:
    """One command's form."""

    command: str
    """In the table of options."""
    title: str
    """What the form does, as a request."""
    argv: tuple[str, ...]
    """The command's words after `labtop`."""
    first: Callable[[Texts], tuple[str, ...]]
    """The few options that are shown first, given what the fields hold."""
    hidden: Callable[[Texts], frozenset[str]] = lambda _texts: frozenset()
    """Options that would be rejected, given what the fields hold."""
    ending: tuple[str, ...] = ()
    """Words at the end of the command line: what makes the command do the same as the form."""

    def rows(self) -> list[tuple[str, OptionRow]]:
        """The options, each with its section of the settings; its own command's come first."""
        own = [(self.command, row) for row in TABLE[self.command].options if row.flags]
        shared = [(section, row) for section in NOT_FOR_RUN for row in stage_rows(section)]
        rows = own + (shared if self.command == "run" else [])
        return [
            (section, row)
            for section, row in rows
            if row.name not in OF_TERMINALS and not (row.unneeded or row.refused)
        ]


OF_ONE_PHASE = frozenset(
    ("data_path", "ckpt_output_dir", "num_epochs", "effective_batch_size", "learning_rate", "save_samples")
)
"""The options of `train` that only a training in one phase uses."""

OF_TWO_PHASES = frozenset(
    row.name
    for row in TABLE["train"].options
    if row.name.startswith(("phased_", "phase1_", "phase2_"))
    or row.name in ("tasks_dir", "asked_questions", "judge_endpoint_url", "force_clear_phased_cache")
)
"""Those that only a training in two phases uses."""

OF_ADAPTERS = frozenset(
    row.name for row in TABLE["train"].options if row.name.startswith("lora_") and row.name != "lora_rank"
) | {"four_bit_quant"}
"""Those that only a training of LoRA adapters uses."""


ONLY_IN_A_TERMINAL = frozenset(
    row.name
    for row in TABLE["chat"].options
    if not row.in_file and row.name not in ("quick_question", "json_output") and not row.name.startswith("tls_")
)
"""Options of `chat` that the workbench's Chat pane has as actions, or does not need."""


def _two_phases(texts: Texts) -> bool:
    return bool(texts.get("strategy"))


def _train_hidden(texts: Texts) -> frozenset[str]:
    phases = OF_ONE_PHASE if _two_phases(texts) else OF_TWO_PHASES
    return phases if texts.get("lora_rank", "0") not in ("", "0") else phases | OF_ADAPTERS


def _train_first(texts: Texts) -> tuple[str, ...]:
    if not _two_phases(texts):
        return ("strategy", "model_path", "data_path", "num_epochs", "effective_batch_size", "learning_rate")
    phases = (f"phased_phase{number}_{what}" for number in (1, 2) for what in ("data", "num_epochs"))
    return ("strategy", "model_path", *phases, "phased_base_dir")


def _evaluate_first(texts: Texts) -> tuple[str, ...]:
    from core.evaluation.benchmarks import benchmark_named

    benchmark = benchmark_named(texts.get("benchmark", ""))
    tasks = ("tasks_dir",) if "tasks_dir" in benchmark.options else ()
    judge = ("judge_model",) if benchmark.kind == "judged" else ()
    return ("benchmark", "model", "base_model", *(benchmark.required or tasks), *judge)


def _evaluate_hidden(texts: Texts) -> frozenset[str]:
    from core.evaluation.benchmarks import OF_SOME, benchmark_named

    return OF_SOME - benchmark_named(texts.get("benchmark", "")).options


FORMS: Mapping[str, FormSpec] = {
    spec.command: spec
    for spec in (
        FormSpec(
            "generate",
            "Generate data",
            ("data", "generate"),
            lambda _: (
                "model", "endpoint_url", "taxonomy_path", "taxonomy_base", "pipeline", "sdg_scale_factor",
            ),
        ),
        FormSpec(
            "train",
            "Train a student",
            ("model", "train"),
            _train_first,
            _train_hidden,
        ),
        FormSpec("evaluate", "Evaluate a model", ("model", "evaluate"), _evaluate_first, _evaluate_hidden),
        FormSpec(
            "serve",
            "Serve a model",
            ("model", "serve"),
            lambda _: ("model_path", "host", "port", "served_model_name"),
            ending=("--detached",),
        ),
        FormSpec(
            "chat",
            "Chat with a model",
            ("model", "chat"),
            lambda _: ("endpoint_url", "model", "temperature", "max_tokens"),
            lambda _: ONLY_IN_A_TERMINAL,
        ),
        FormSpec(
            "model download",
            "Download models",
            ("model", "download"),
            lambda _: ("repositories", "releases", "models_dir"),
        ),
        FormSpec(
            "model upload",
            "Upload a model",
            ("model", "upload"),
            lambda _: ("model", "destination", "release", "force"),
        ),
        FormSpec("quickstart", "Start the quickstart", ("quickstart",), lambda _: ("folder", "short", "student")),
        FormSpec(
            "run",
            "Run the whole method",
            ("run",),
            lambda _: ("model_path", "taxonomy_path", "model", "endpoint_url", "questions", "first", "last", "folder"),
        ),
    )
}  # fmt: skip
"""By command."""
