"""The options of `taxonomy` and its commands."""

from __future__ import annotations

from typing import Annotated, Literal

from core.config.options.base import AnyPath, ExistingFile, JsonOptions, follows, once

LeafKind = Literal["knowledge", "skill", "grounded-skill"]


class ChangesOptions(JsonOptions):
    """Options of every command that compares a taxonomy with its base."""

    taxonomy_path: Annotated[AnyPath | None, follows("generate.taxonomy_path")] = None
    """Folder of the taxonomy, or a single qna.yaml file. [default: the configured taxonomy]"""
    taxonomy_base: Annotated[str, follows("generate.taxonomy_base")] = ""
    """Branch or commit to compare with; with 'empty' every leaf counts as changed. [default: the configured base]"""


class DiffOptions(ChangesOptions):
    """All options of `taxonomy diff`."""

    yaml_rules: Annotated[ExistingFile | None, once()] = None
    """yamllint configuration for the style of leaves, in place of InstructLab's rules."""
    quiet: Annotated[bool, once()] = False
    """Print neither leaves nor findings; the exit status is the result."""


class DocsOptions(ChangesOptions):
    """All options of `taxonomy docs`."""


class TreeOptions(ChangesOptions):
    """All options of `taxonomy tree`."""

    taxonomy_path: Annotated[AnyPath | None, follows("generate.taxonomy_path")] = None
    """Folder of the taxonomy. [default: the configured taxonomy]"""


class LintFilesOptions(JsonOptions):
    """All options of `taxonomy lint`; the files are arguments."""

    fix: Annotated[bool, once()] = False
    """Fix formatting before checking: white space, indentation, the form of `patterns`."""


class NewLeafOptions(JsonOptions):
    """All options of `taxonomy new`; the leaf's path is an argument."""

    kind: Annotated[LeafKind | None, once()] = None
    """Kind of the leaf. [default: derived from the path]"""
    domain: Annotated[str, once()] = ""
    """For knowledge: the subject, such as astronomy."""
    task_description: Annotated[str, once()] = ""
    """For skills: what the model should learn to do."""
    document: Annotated[str | None, once(metavar="DIR|URL")] = None
    """For knowledge: git repository with the documents, as a folder or a URL."""
    commit: Annotated[str | None, once(metavar="REV")] = None
    """Commit, branch or tag of the documents. [default: HEAD]"""
    files: Annotated[tuple[str, ...], once("--file", metavar="PATTERN")] = ()
    """Document or file pattern; may be given several times. [default: all markdown files]"""
    branch: Annotated[str | None, once(metavar="NAME")] = None
    """Create this branch in the taxonomy for the new leaf."""
    taxonomy_path: Annotated[AnyPath | None, follows("generate.taxonomy_path")] = None
    """Folder of the taxonomy. [default: the configured taxonomy]"""
    taxonomy_base: Annotated[str, follows("generate.taxonomy_base", given=False)] = ""
    """Revision that a new branch starts from."""
