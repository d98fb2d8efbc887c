"""The options of `taxonomy` and its commands."""

from __future__ import annotations

from typing import Annotated, Literal

from core.config.options.base import AnyPath, ExistingFile, JsonOptions, follows, once

LeafKind = Literal["knowledge", "skill", "grounded-skill"]


class ChangesOptions(JsonOptions):
    """Options of every command that compares a taxonomy with its base."""

    taxonomy_path: Annotated[AnyPath | None, follows("generate.taxonomy_path")] = None
    """The taxonomy's folder, or a single qna.yaml. [default: the configured taxonomy]"""
    taxonomy_base: Annotated[str, follows("generate.taxonomy_base")] = ""
    """Branch or commit to compare with; 'empty' takes every leaf as changed. [default: the configured one]"""


class DiffOptions(ChangesOptions):
    """The whole of `taxonomy diff`."""

    yaml_rules: Annotated[ExistingFile | None, once()] = None
    """A yamllint configuration to check the style by, instead of InstructLab's rules."""
    quiet: Annotated[bool, once()] = False
    """Print no leaf and no finding; the exit status reports the result."""


class DocsOptions(ChangesOptions):
    """The whole of `taxonomy docs`."""


class TreeOptions(ChangesOptions):
    """The whole of `taxonomy tree`."""

    taxonomy_path: Annotated[AnyPath | None, follows("generate.taxonomy_path")] = None
    """The taxonomy's folder."""


class LintFilesOptions(JsonOptions):
    """The whole of `taxonomy lint`, but for the files."""

    fix: Annotated[bool, once()] = False
    """First fix what is mechanical: white space, indentation, the form of `patterns`."""


class NewLeafOptions(JsonOptions):
    """The whole of `taxonomy new`, but for the leaf's path."""

    kind: Annotated[LeafKind | None, once()] = None
    """What the leaf teaches. [default: what the path says]"""
    domain: Annotated[str, once()] = ""
    """Knowledge: the subject, such as astronomy."""
    task_description: Annotated[str, once()] = ""
    """Skill: what the model shall learn to do."""
    document: Annotated[str | None, once(metavar="DIR|URL")] = None
    """Knowledge: the documents' git repository, a folder here or an address."""
    commit: Annotated[str | None, once(metavar="REV")] = None
    """The documents' commit, branch or tag. [default: HEAD]"""
    files: Annotated[tuple[str, ...], once("--file", metavar="PATTERN")] = ()
    """A document, or a pattern of some; may be repeated. [default: all markdown files]"""
    branch: Annotated[str | None, once(metavar="NAME")] = None
    """Make this branch in the taxonomy's repository, for the leaf."""
    taxonomy_path: Annotated[AnyPath | None, follows("generate.taxonomy_path")] = None
    """The taxonomy's folder."""
    taxonomy_base: Annotated[str, follows("generate.taxonomy_base", given=False)] = ""
    """What a new branch starts from."""
