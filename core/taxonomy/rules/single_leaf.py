"""The rules beyond the schema about a single leaf: what it says, not how it is written.

They are judgements, so each can be switched off, and in doubt none reports anything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.taxonomy.format import attribution, schema
from core.taxonomy.format.diagnostics import START, Finding, Span, bounded
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.seeds import Seed, SeedText, ValuePath, read_seeds
from core.taxonomy.git import addresses
from core.taxonomy.layout.tree import Kind
from core.taxonomy.rules import documents as document_rules
from core.taxonomy.rules import markdown, misread, placeholders, questions, texts
from core.taxonomy.rules.documents import DocumentText
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.support import Support

MAX_CHARACTERS = 50_000
"""Characters of a text that are read beyond counting its words; a hundred times what the limits allow."""


def advise(parsed: Parsed, path: Path, options: AdviceOptions, documents: DocumentText | None = None) -> list[Finding]:
    """The findings of the rules about a leaf by itself, and about its documents where they are known."""
    if not isinstance(parsed.value, dict):
        return []
    return bounded(_Rules(parsed, path, options).findings(documents))


def advise_attribution(path: Path, kind: Kind, options: AdviceOptions) -> list[Finding]:
    """What is wrong with the attribution.txt next to a leaf's file."""
    missing = attribution.missing_fields(path.parent, kind)
    fields = attribution.fields_of(kind)
    if missing is None:
        code, message = "attribution-missing", f"there is no {attribution.ATTRIBUTION_NAME} next to this leaf"
        hint = f"Write one with: {', '.join(fields)}."
    elif missing:
        code, message = "attribution-incomplete", f"{attribution.ATTRIBUTION_NAME} is incomplete: {', '.join(missing)}"
        hint = f"Each work needs a line such as '{missing[0]}: …'."
    else:
        return []
    severity = options.severity(code)
    return [Finding(START, code, message, hint, severity, gap=missing == [*fields])] if severity else []


class _Rules:
    """The rules, applied to one leaf."""

    def __init__(self, parsed: Parsed, path: Path, options: AdviceOptions) -> None:
        self._parsed = parsed
        self._options = options
        self._knowledge = schema.kind_of(path, parsed.value) == "knowledge"
        self._seeds = read_seeds(parsed.value)

    def findings(self, documents: DocumentText | None) -> Iterator[Finding]:
        """All findings, lazily."""
        for seed in self._seeds:
            yield from self._lengths(seed)
            if seed.context:
                yield from self._context_markdown(seed.context)
            if self._knowledge:
                yield from self._pair_count(seed)
                yield from self._support(seed)
        yield from self._written()
        yield from self._placeholders()
        yield from self._mixed_contexts()
        yield from self._questions()
        yield from self._contexts()
        if self._knowledge:
            yield from self._source()
            yield from self._patterns(documents)
            if documents is not None:
                yield from self._documents(documents)

    def _at(self, where: ValuePath | Span, code: str, message: str, hint: str | None = None) -> Iterator[Finding]:
        severity = self._options.severity(code)
        if severity:
            span = where if isinstance(where, Span) else self._parsed.span(where)
            yield Finding(span, code, message, hint, severity)

    def _on(self, code: str) -> bool:
        return self._options.severity(code) is not None

    def _line(self, path: ValuePath) -> int:
        return self._parsed.span(path).line

    def _placeholders(self) -> Iterator[Finding]:
        for path, text in placeholders.placeholders(self._parsed.value):
            yield from self._at(path, "placeholder", f"{text} is a placeholder", "Replace it with the value.")

    def _lengths(self, seed: Seed) -> Iterator[Finding]:
        options = self._options
        split = "Cut it down, or make two seed examples of it."
        limits = [(seed.context, "context", options.max_context_words, split)]
        for pair in seed.pairs:
            limits.append((pair.question, "question", options.max_question_words, "Ask one thing at a time."))
            limits.append((pair.answer, "answer", options.max_answer_words, "Say only what the question asks for."))
        for text, what, limit, hint in limits:
            count = texts.count_words(text.text) if text else 0
            if text and count > limit:
                message = f"the {what} has {count:,} words; at most {limit:,} are allowed"
                yield from self._at(text.path, f"{what}-length", message, hint)

    def _pair_count(self, seed: Seed) -> Iterator[Finding]:
        wanted, count = self._options.pairs_per_context, len(seed.pairs)
        if count > wanted:
            message = f"the context has {count} pairs, but only {wanted} are used in prompts"
            yield from self._at(seed.pairs[wanted].path, "pair-count", message, "Move it to another context.")
        elif schema.MIN_PAIRS <= count < wanted:
            message = f"the context has {count} pairs; it should have {wanted}"
            span = self._parsed.head_span((*seed.path, "questions_and_answers"))
            yield from self._at(span, "pair-count", message)

    def _written(self) -> Iterator[Finding]:
        if self._on("comment-in-text") or self._on("garbled-text"):
            texts = (text.path for seed in self._seeds for text in seed.texts)
            for found in misread.misread(self._parsed, texts):
                severity = self._options.severity(found.code)
                if severity:
                    yield replace(found, severity=severity)

    def _context_markdown(self, context: SeedText) -> Iterator[Finding]:
        if not self._on("context-markdown"):
            return
        for found in markdown.unsupported_markdown(context.text[:MAX_CHARACTERS]):
            message = f"the context contains {markdown.NAMES[found.kind]}, which the method does not support"
            span = self._parsed.inner_span(context.path, context.text, found.start, found.end)
            yield from self._at(span, "context-markdown", message, markdown.HINTS[found.kind])

    def _support(self, seed: Seed) -> Iterator[Finding]:
        if not seed.context or not self._on("unsupported-answer"):
            return
        support = Support(seed.context.text[:MAX_CHARACTERS], self._options.min_answer_support)
        for pair in seed.pairs:
            question = pair.question.text[:MAX_CHARACTERS] if pair.question else ""
            if pair.answer and support.is_unsupported(question, pair.answer.text[:MAX_CHARACTERS]):
                message = "the context does not support this answer"
                hint = "Answer only with what the context says."
                yield from self._at(pair.answer.path, "unsupported-answer", message, hint)

    def _mixed_contexts(self) -> Iterator[Finding]:
        without = [seed for seed in self._seeds if seed.context is None]
        if not self._knowledge and 0 < len(without) < len(self._seeds):
            message = "this seed example has no context but others have, so all contexts are ignored"
            yield from self._at(without[0].path, "mixed-contexts", message, "Give every seed example one, or none.")

    def _questions(self) -> Iterator[Finding]:
        """Repeated questions. In a skill with contexts, the same may be asked about each."""
        exact: dict[Hashable, SeedText] = {}
        alike: dict[Hashable, SeedText] = {}
        of_skill = not self._knowledge
        for seed in self._seeds:
            of = None if self._knowledge or seed.context is None else texts.exactly(seed.context.text)
            for pair in seed.pairs:
                question = pair.question
                if question is None:
                    continue
                first = exact.setdefault((of, questions.exactly(question.text, of_skill)), question)
                if first is not question:
                    message = f"same question as on line {self._line(first.path)}"
                    yield from self._at(question.path, "duplicate-question", message, "Ask something else.")
                elif self._on("similar-question"):
                    signature = questions.signature(question.text[:MAX_CHARACTERS], of_skill)
                    other = alike.setdefault((of, signature), question) if signature else question
                    if other is not question:
                        message = f"almost the same question as on line {self._line(other.path)}"
                        yield from self._at(question.path, "similar-question", message, "Ask something else.")

    def _contexts(self) -> Iterator[Finding]:
        exact: dict[Hashable, SeedText] = {}
        similar = texts.SimilarTexts(self._options.similar_context_share)
        contexts = [seed.context for seed in self._seeds if seed.context]
        for number, context in enumerate(contexts):
            first = exact.setdefault(texts.exactly(context.text), context)
            if first is not context:
                # A grounded skill may ask different things about one context.
                if self._knowledge:
                    message = f"same context as on line {self._line(first.path)}"
                    yield from self._at(context.path, "duplicate-context", message, "Use another passage.")
            elif self._on("similar-context"):
                other = similar.earlier(number, texts.words(context.text[:MAX_CHARACTERS]))
                if other is not None:
                    message = f"most of the context is the same as on line {self._line(contexts[other].path)}"
                    yield from self._at(context.path, "similar-context", message, "Use another passage.")

    def _source(self) -> Iterator[Finding]:
        """Findings about addresses and patterns that documents are not fetched with."""
        document = self._parsed.value.get("document")
        repo = document.get("repo") if isinstance(document, dict) else None
        checks: list[tuple[ValuePath, Callable[[str], object], str]] = []
        if isinstance(repo, str) and repo:
            checks.append((("document", "repo"), addresses.checked_url, repo))
        for index, pattern in enumerate(_patterns(self._parsed.value)):
            checks.append((("document", "patterns", index), addresses.check_pattern, pattern))
        for path, check, text in checks:
            try:
                check(text)
            except LabtopError as error:
                yield from self._at(path, "unsafe-source", error.message.rstrip("."), error.hint)

    def _patterns(self, documents: DocumentText | None) -> Iterator[Finding]:
        names = _patterns(self._parsed.value)
        for later, earlier in document_rules.overlaps(names, documents):
            message = f"the patterns '{names[later]}' and '{names[earlier]}' match the same files"
            hint = "InstructLab reads such files twice. Keep the wider pattern."
            yield from self._at(("document", "patterns", later), "overlapping-patterns", message, hint)
        for index in document_rules.unmatched(names, documents) if documents else ():
            message = f"the pattern '{names[index]}' matches no file of the documents' repository"
            yield from self._at(("document", "patterns", index), "unmatched-pattern", message)

    def _documents(self, documents: DocumentText) -> Iterator[Finding]:
        if self._on("context-not-in-document"):
            for seed in self._seeds:
                share = documents.share_of(seed.context.text[:MAX_CHARACTERS]) if seed.context else 1.0
                if seed.context and share < self._options.min_context_match:
                    amount = "nothing" if share < 0.005 else f"only {share:.0%}"
                    message = f"{amount} of the context is in the documents"
                    hint = "Copy a passage of a document without changes."
                    yield from self._at(seed.context.path, "context-not-in-document", message, hint)
        if self._on("document-markdown"):
            for document, found, line in documents.unsupported:
                message = f"the document {document.name} contains {markdown.NAMES[found.kind]} (line {line})"
                path = document_rules.pattern_of(document.name, _patterns(self._parsed.value))
                yield from self._at(path, "document-markdown", message, markdown.HINTS[found.kind])


def _patterns(value: dict[Any, Any]) -> list[str]:
    """The patterns of a leaf; one that is not text is left to the schema, and is empty here."""
    document = value.get("document")
    found = document.get("patterns") if isinstance(document, dict) else None
    found = [found] if isinstance(found, str) else found
    return [name if isinstance(name, str) else "" for name in found] if isinstance(found, list) else []
