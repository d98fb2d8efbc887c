"""The options of `model train` that only InstructLab has."""

from __future__ import annotations

from typing import Annotated, Literal

from core.config.options.base import Options, refused, refused_model_id, unneeded


class InstructLabOptions(Options):
    """InstructLab's other options, which are accepted and have no effect, or are refused with what to do instead."""

    pipeline: Annotated[
        Literal["simple", "full", "accelerated"] | None,
        unneeded("there is one way to train, on processors and GPUs; --distributed-backend spreads it."),
    ] = None
    """How to train."""
    skip_preprocessing: Annotated[
        bool, unneeded("the samples are tokenised once, and later runs reuse them (--data-output-dir).")
    ] = False
    """Use data that are tokenised already."""
    is_padding_free: Annotated[
        str | None, unneeded("--attention chooses whether samples are packed or padded, with the same result.")
    ] = None
    """Train without padding."""
    optimize_memory: Annotated[
        bool, unneeded("it computes in bfloat16 where the processor can, with float32 weights.")
    ] = False
    """Load the model in bfloat16."""
    disable_accelerate_full_state_at_epoch: Annotated[
        bool, unneeded("the state is what a stopped training resumes from; the newest two are kept until it is done.")
    ] = False
    """Save no state at the end of epochs."""
    enable_serving_output: Annotated[
        bool, unneeded("checkpoints are evaluated without a server; `labtop process logs` shows the output.")
    ] = False
    """Show the output of servers."""
    local: Annotated[bool, unneeded("--model-path is always on this machine; `labtop model download` fetches one.")] = (
        False
    )
    """Do not download the model."""
    skip_quantize: Annotated[bool, unneeded("no model is quantised.", "-sq", "--skip-quantize")] = False
    """Do not quantise the trained model."""
    iters: Annotated[
        int | None, refused("it is for Apple's MLX.", hint="Use --num-epochs; --dry-run prints the number of steps.")
    ] = None
    """Number of iterations."""
    gguf_model_path: Annotated[
        str | None,
        refused("GGUF files cannot be trained.", hint="Use --model-path with a folder of safetensors files."),
    ] = None
    """Model as a GGUF file."""
    tokenizer_dir: Annotated[
        str | None,
        refused("the tokenizer is the one in the model's folder.", hint="Copy its files there, and use --model-path."),
    ] = None
    """Folder with the tokenizer."""
    model_id: Annotated[str | None, refused_model_id("Use --model-path with the model's folder or name.")] = None
    """Id of the model."""
    training_journal: Annotated[
        str | None,
        refused(
            "the journal is in the folder of the training.", hint="Use --phased-base-dir; its journalfile.yaml is read."
        ),
    ] = None
    """File of the journal."""
