"""Where a model is uploaded to: what the user wrote, checked."""

from __future__ import annotations

from dataclasses import replace

from core.errors import LabtopError, UsageError
from core.models.download.source import DOCKER, LATEST, Source, parse_source

MAIN = "main"
"""The branch of Hugging Face that is used if no release is given."""


def parse_destination(text: str, kind: str | None, release: str | None) -> Source:
    """The destination that a text names. Raises LabtopError for one that cannot exist, or that no one can write to.

    `kind` is InstructLab's word for it, `hf`, `oci` or `s3`; without it, `docker://` means an OCI registry.
    """
    if kind == "s3":
        raise LabtopError(
            "labtop uploads to Hugging Face and to OCI registries, not to S3.",
            hint="A model is a folder: aws s3 cp --recursive FOLDER s3://BUCKET/PREFIX",
            code="no-s3",
        )
    is_oci = text.startswith(DOCKER)
    if kind == "hf" and is_oci:
        raise UsageError(f"{text} is a repository of an OCI registry, but --dest-type is hf. Leave --dest-type out.")
    if kind == "oci" and not is_oci:
        text, is_oci = f"{DOCKER}{text}", True
    if not is_oci and "/" not in text:
        raise LabtopError(
            f"{text} is neither OWNER/NAME of Hugging Face nor docker://HOST/PATH of an OCI registry.",
            hint="For example: --destination myorg/granite-7b-tuned",
            code="repository",
        )
    source = parse_source(text, release or "")
    if source.release.startswith("sha256:"):
        raise UsageError("A model is uploaded to a tag, not to a digest.")
    named = source.release != LATEST or (release or text.rpartition(":")[2]) == LATEST
    return source if is_oci or named else replace(source, release=MAIN)
