"""InstructLab's config.yaml: how it is recognised, and labtop's names of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECTIONS = ("general", "metadata")
"""Sections that only InstructLab's file has; its first versions had no version in it."""

TAKEN: Mapping[str, str] = {
    "chat.model": "chat.model",
    "chat.max_tokens": "chat.max_tokens",
    "chat.temperature": "chat.temperature",
    "chat.context": "chat.context",
    "chat.vi_mode": "chat.vi_mode",
    "rag.retriever.top_k": "chat.retriever_top_k",
    "serve.model_path": "serve.model_path",
    "serve.server.host": "serve.host",
    "serve.server.port": "serve.port",
    "serve.backend": "serve.backend",
    "serve.chat_template": "serve.chat_template",
    "serve.vllm.gpus": "serve.gpus",
    "serve.vllm.llm_family": "serve.model_family",
    "serve.vllm.max_startup_attempts": "serve.max_startup_attempts",
    "serve.vllm.vllm_args": "serve.vllm_args",
    "generate.model": "generate.model",
    "generate.pipeline": "generate.pipeline",
    "generate.taxonomy_path": "generate.taxonomy_path",
    "generate.taxonomy_base": "generate.taxonomy_base",
    "generate.output_dir": "generate.output_dir",
    "generate.max_num_tokens": "generate.max_num_tokens",
    "generate.chunk_word_count": "generate.chunk_word_count",
    "generate.sdg_scale_factor": "generate.sdg_scale_factor",
    **{
        f"train.{name}": f"train.{name}"
        for name in (
            "model_path", "device", "ckpt_output_dir", "data_output_dir", "phased_base_dir", "nproc_per_node",
            "max_seq_len", "max_batch_len", "num_epochs", "effective_batch_size", "save_samples", "checkpoint_at_epoch",
            "deepspeed_cpu_offload_optimizer", "distributed_backend", "fsdp_cpu_offload_optimizer", "lora_rank",
            "lora_quantize_dtype", "disable_flash_attn",
        )
    },
    **{
        f"train.phased_phase{number}_{name}": f"train.phased_phase{number}_{name}"
        for number in (1, 2)
        for name in ("num_epochs", "effective_batch_size", "learning_rate", "samples_per_save")
    },
    **{
        f"train.additional_args.{name}": f"train.{name}"
        for name in (
            "learning_rate", "warmup_steps", "random_seed", "deepspeed_cpu_offload_optimizer_ratio",
            "deepspeed_cpu_offload_optimizer_pin_memory", "lora_alpha", "lora_dropout", "lora_target_modules",
        )
    },
    "evaluate.model": "evaluate.model",
    "evaluate.base_model": "evaluate.base_model",
    "evaluate.mmlu.few_shots": "evaluate.few_shots",
    "evaluate.mmlu_branch.tasks_dir": "evaluate.tasks_dir",
    "evaluate.mt_bench.judge_model": "evaluate.judge_model",
    "evaluate.system_prompt": "evaluate.system_prompt",
    "evaluate.temperature": "evaluate.temperature",
}  # fmt: skip
"""InstructLab's name of each setting that labtop has too, and labtop's name of it."""

ONE_RUN: Mapping[str, str] = {
    **{
        f"train.additional_args.{name.replace('-', '_')}": f"--{name}"
        for name in ("nnodes", "node-rank", "rdzv-id", "rdzv-endpoint")
    },
    "train.data_path": "--data-path",
    "evaluate.mmlu.batch_size": "--batch-size",
    "evaluate.branch": "--branch",
    "evaluate.base_branch": "--base-branch",
    "evaluate.gpus": "--gpus",
    "evaluate.mt_bench.max_workers": "--max-workers",
    "evaluate.mt_bench_branch.taxonomy_path": "--taxonomy-path",
    "evaluate.dk_bench.input_questions": "--input-questions",
    "evaluate.dk_bench.output_file_formats": "--output-file-formats",
}
"""Settings that are options of a single run in labtop."""

SERVER = "labtop's own server has no such setting"

REASONS: Mapping[str, str] = {
    "general": "labtop has no such setting",
    "metadata": "labtop reads the machine itself: labtop system info",
    "models": "labtop names a model by its folder, without an id",
    "rag": "labtop has no document store: model chat --rag FOLDER reads the documents themselves",
    "chat": "labtop's chat has no such setting",
    "chat.logs_dir": "conversations are in the folder chatlogs of labtop's data",
    "chat.session": "labtop model chat --session or --resume continues a conversation",
    "chat.visible_overflow": "answers are never cut off",
    "serve": SERVER,
    "serve.llama_cpp": "labtop serves no GGUF files, so it does not use llama.cpp",
    "serve.server": "labtop does not store what it serves in the settings",
    "generate.teacher": SERVER,
    "generate": "the generation of this version has no such setting",
    "train.phased_mt_bench_judge": "evaluate.judge_model names the judge, or --phased-mt-bench-judge",
    "train.additional_args": "the training of this version has no such setting",
    "train.is_padding_free": "on GPUs and processors samples are packed where the model allows it: train.attention",
    "train.pipeline": "labtop has one way to train",
    "train": "the training of this version has no such setting",
    "evaluate.mt_bench": "--output-dir is the folder of results",
    "evaluate.mt_bench_branch.judge_model": "evaluate.judge_model is the judge of all benchmarks",
    "evaluate.dk_bench.judge_model": "evaluate.judge_model is the judge of all benchmarks",
    "evaluate.dk_bench": "--output-dir is the folder of results",
    "evaluate": "the evaluation of this version has no such setting",
}
"""Why a setting does not carry over, by the beginning of its name; the longest match applies."""


def is_instructlab(values: Mapping[str, Any]) -> bool:
    """Whether the values of a settings file are InstructLab's: its version is such as 1.0.0, labtop's is a number."""
    return "." in str(values.get("version")) or any(section in values for section in SECTIONS)


def reason(name: str) -> str:
    """Why a setting does not carry over."""
    if name in ONE_RUN:
        return f"it is an option of a single run: {ONE_RUN[name]}"
    beginnings = [beginning for beginning in REASONS if name.startswith(beginning)]
    return REASONS[max(beginnings, key=len)] if beginnings else "labtop has no such setting"
