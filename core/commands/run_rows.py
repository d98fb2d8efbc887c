"""The options that `run` shares with the commands of its stages. Light: `labtop run --help` uses it."""

from __future__ import annotations

from core.config.option import OptionRow
from core.config.option_table import TABLE

EVALUATING = ("few_shots", "batch_size", "evaluator")
"""The options of `model evaluate` that apply to a run's multiple choice."""

NOT_FOR_RUN = {
    "generate": (
        "output_dir", "fresh", "seed", "api_key", "tls_client_passwd", "quiet", "enable_serving_output", "gpus",
        "json_output", "detached",
    ),
    "train": (
        "data_path", "ckpt_output_dir", "num_epochs", "effective_batch_size", "learning_rate", "save_samples",
        "random_seed", "strategy", "phased_base_dir", "phased_phase1_data", "phased_phase2_data", "tasks_dir",
        "asked_questions",
        "skip_user_confirm", "json_output", "detached",
    ),
    "evaluate": tuple(row.name for row in TABLE["evaluate"].options if row.name not in EVALUATING),
    "serve": (
        "model_path", "served_model_name", "log_file", "list_servers", "json_output", "detached", "backend", "gpus",
        "tensor_parallel_size", "data_parallel_size", "lora", "chat_template", "model_family", "max_ctx_size",
        "num_threads", "vllm_python", "restart",
    ),
}  # fmt: skip
"""Options of the stages' own commands that do not apply here: each stage uses the results of the one before."""


def stage_rows(section: str) -> list[OptionRow]:
    """The options that a stage's own command shares with `run`."""
    rows = (row for row in TABLE[section].options if row.flags and row.name not in NOT_FOR_RUN[section])
    return [row for row in rows if not (row.unneeded or row.refused)]
