"""5-shot multiple choice on a CPU: labtop's evaluator against lm-eval's own, interleaved.

A random model of 4 million parameters and 500 questions with letters, like MMLU's: a description, five examples of
about 110 words, and questions of 50 to 160. Prints one JSON line. `tokens_ratio` is lm-eval's number of computed tokens
(one row for each question, since its choices are single tokens) over labtop's. Both score the questions in blocks of
100, one after the other; `speed_ratio` is the median over the blocks of the ratio of their processor times, without
loading the model. `difference` is the largest one of a log-likelihood, in float32.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")

from core.evaluation.loading import load_model
from core.evaluation.multiple_choice.prompts import scored_texts
from core.evaluation.multiple_choice.scorer import TokenScorer
from core.evaluation.multiple_choice.tokens import encode
from core.evaluation.results import Loglikelihoods
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task
from core.system.threads import threads_here

QUESTIONS = 500
BLOCK = 100
SHOTS = 5
VOCABULARY = 8192


def make_model(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(_vocabulary())}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", unk_token="<unk>").save_pretrained(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=6,
        num_attention_heads=6,
        max_position_embeddings=2048,
        initializer_range=0.1,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def _vocabulary() -> list[str]:
    signs = ["<unk>", "<end>", *"ABCD", ".", ":", "?", "Answer"]
    return [*signs, *(f"w{number}" for number in range(VOCABULARY - len(signs)))]


def make_task() -> Task:
    draw = random.Random(2)

    def words(count: int) -> str:
        return " ".join(f"w{draw.randrange(4000)}" for _ in range(count))

    def question(total: int) -> Question:
        choices = "".join(f"\n{letter}. {words(total // 10)}" for letter in "ABCD")
        return Question(f"{words(total // 2)}?{choices}\nAnswer:", tuple("ABCD"), draw.randrange(4))

    questions = tuple(question(draw.randrange(50, 160)) for _ in range(QUESTIONS))
    return Task(
        "mmlu_made_up", questions, description=f"{words(12)}.\n\n", examples=tuple(question(110) for _ in range(5))
    )


def main() -> None:
    import torch

    with tempfile.TemporaryDirectory() as name, redirect_stdout(sys.stderr):
        folder, task = Path(name), make_task()
        make_model(folder)
        from lm_eval import evaluate

        from core.evaluation.multiple_choice.harness import _harness_task, _load, _loglikelihoods

        lm = _load(folder, None)
        model, tokenizer = load_model(folder)
        torch.set_num_threads(threads_here(model.num_parameters(), 2048))

        def theirs(block: Task) -> dict[int, Loglikelihoods]:
            found = evaluate(lm, {"tasks": {block.name: _harness_task(block, SHOTS)}}, bootstrap_iters=0)
            return _loglikelihoods(found["samples"][block.name])

        def ours(block: Task) -> tuple[dict[int, Loglikelihoods], int, int]:
            found: dict[int, Loglikelihoods] = {}
            scorer = TokenScorer(model, max_length=2048)
            requests = encode(tokenizer, scored_texts(block, SHOTS, None), name)
            scorer.score(requests, found.update)
            return found, scorer.counts.tokens, sum(len(request.context) for request in requests)

        warm_up = task.limited(8)
        theirs(warm_up)
        ours(warm_up)
        times: list[tuple[float, float]] = []
        difference = 0.0
        tokens = whole = 0
        for start in range(0, QUESTIONS, BLOCK):
            block = replace(task, questions=task.questions[start : start + BLOCK])
            began = time.process_time()
            expected = theirs(block)
            middle = time.process_time()
            found, own, rows = ours(block)
            times.append((middle - began, time.process_time() - middle))
            tokens, whole = tokens + own, whole + rows
            for place, row in expected.items():
                pairs = zip(row, found[place], strict=True)
                difference = max(difference, *(abs((one or 0.0) - (other or 0.0)) for one, other in pairs))
        figures = {
            "benchmark": "multiple_choice",
            "questions": QUESTIONS,
            "parameters": model.num_parameters(),
            "tokens": tokens,
            "lm_eval_tokens": whole,
            "tokens_ratio": round(whole / tokens, 2),
            "processor_seconds": round(sum(own for _, own in times), 2),
            "lm_eval_processor_seconds": round(sum(other for other, _ in times), 2),
            "speed_ratio": round(statistics.median(other / own for other, own in times), 2),
            "difference": difference,
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
