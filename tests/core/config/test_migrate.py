"""InstructLab's settings file is recognised, and what labtop has too carries over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core import paths
from core.config.instructlab import TAKEN
from core.config.load import SECTIONS, load
from core.config.migrate import find_instructlab, plan_migration
from core.errors import LabtopError
from core.taxonomy.rules import settings as rule_settings
from tests.tui.cli.running import labtop

THEIRS = Path(__file__).with_name("instructlab.yaml")


@pytest.fixture
def theirs(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Their file where they keep it."""
    monkeypatch.setenv("MODELS", "/models")
    file = own_home / ".config" / "instructlab" / "config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(THEIRS.read_text())
    return file


def test_instructlab_file_is_recognised_by_every_reader(theirs: Path) -> None:
    for read in (load, rule_settings.read):
        with pytest.raises(LabtopError, match="is InstructLab's settings file") as caught:
            read(theirs, environment={})
        assert caught.value.hint == f"To convert it: labtop config migrate {theirs}"
    for command in (("data", "generate"), ("taxonomy", "lint"), ("config", "show")):
        assert "labtop config migrate" in labtop("--config", str(theirs), *command, status=1).stderr


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ('{host: "::", port: 8001}', ["http://[::1]:8001/v1"]),
        ('{host: "fd00::7", port: 8000}', ["http://[fd00::7]:8000/v1"]),
        ("{host: 0.0.0.0, port: 0}", []),
    ],
)
def test_chat_address_becomes_a_url(tmp_path: Path, server: str, url: list[str]) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"version: 1.0.0\nserve: {{server: {server}}}\n")
    assert [one.value for one in plan_migration(file).taken if one.name == "chat.endpoint_url"] == url


def test_home_of_an_unknown_user_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("version: 1.0.0\ngenerate: {taxonomy_path: ~no-such-user/taxonomy}\n")
    assert [one.value for one in plan_migration(file).taken] == ["~no-such-user/taxonomy"]


def test_migrated_settings_take_effect(theirs: Path, own_home: Path) -> None:
    done: dict[str, Any] = json.loads(labtop("config", "migrate", "--json").stdout)
    assert (done["source"], done["written"]) == (str(theirs), True)
    assert theirs.read_text() == THEIRS.read_text()
    settings = load(environment={}).settings
    assert (settings.chat.temperature, settings.chat.max_tokens, settings.chat.model) == (0.5, 512, None)
    assert (settings.serve.host, settings.serve.port) == ("0.0.0.0", 8001)
    assert settings.serve.vllm_args == ("--tensor-parallel-size", "4")
    assert (settings.serve.backend, settings.serve.max_startup_attempts) == ("vllm", 120)
    assert settings.chat.endpoint_url == "http://127.0.0.1:8001/v1"
    assert settings.generate.model == "/models/mixtral-8x7B-instruct-v0-1"
    assert settings.generate.taxonomy_path == own_home / ".local/share/instructlab/taxonomy"
    assert (settings.generate.taxonomy_base, settings.generate.chunk_word_count) == ("empty", 1000)
    train = settings.train
    assert (train.num_epochs, train.effective_batch_size, train.max_batch_len) == (8, 128, 60000)
    assert (train.learning_rate, train.random_seed, train.device) == (1e-5, 7, "cuda")
    assert (settings.evaluate.few_shots, settings.evaluate.base_model) == (5, "instructlab/granite-7b-lab")
    assert settings.evaluate.judge_model == "prometheus-eval/prometheus-8x7b-v2.0"
    assert (train.lora_rank, train.lora_alpha) == (0, 32)
    left = {one["name"]: one["reason"] for one in done["left"]}
    assert left["chat.model"] == "labtop does not serve GGUF files"
    assert left["train.data_path"].endswith("an option of a single run: --data-path")
    assert "judge" in left["train.phased_mt_bench_judge"] and "GPU" in left["train.is_padding_free"]


def test_every_setting_is_migrated_or_named(theirs: Path) -> None:
    migration = plan_migration(theirs)
    named = [*(one.source for one in migration.taken), *(one.source for one in migration.left)]
    assert len(named) == len(set(named))
    assert {one.source for one in migration.taken} - {"serve.server"} <= set(TAKEN)
    for name in ("general.log_level", "metadata.gpu_count", "models", "rag.enabled", "serve.vllm.vllm_args"):
        assert name in named


def test_migration_table_names_existing_settings() -> None:
    ours = {f"{section}.{name}" for section, names in SECTIONS.items() for name in names}
    assert set(TAKEN.values()) <= ours


def test_migrate_writes_only_with_force(theirs: Path) -> None:
    file = paths.current().config_file
    assert "Nothing was written." in labtop("config", "migrate", "--dry-run").stdout
    assert not file.exists()
    labtop("config", "init", "--non-interactive")
    before = file.read_text()
    assert "--force" in labtop("config", "migrate", status=1).stderr
    assert file.read_text() == before
    labtop("config", "migrate", "--force")
    assert "\n  num_epochs: 8\n" in file.read_text()


def test_instructlab_file_at_our_path_is_backed_up(theirs: Path) -> None:
    file = paths.current().config_file
    file.parent.mkdir(parents=True)
    theirs.rename(file)
    labtop("config", "migrate", "--force")
    assert file.with_name("config.instructlab.yaml").read_text() == THEIRS.read_text()
    assert load(environment={}).settings.train.num_epochs == 8


def test_find_instructlab_looks_in_both_documented_paths(theirs: Path, own_home: Path) -> None:
    assert find_instructlab() == theirs
    theirs.rename(own_home / ".config" / "config.yaml")
    assert find_instructlab() == own_home / ".config" / "config.yaml"
    (own_home / ".config" / "config.yaml").unlink()
    assert "No settings file of InstructLab was found" in labtop("config", "migrate", status=1).stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("general: {}\ntrain:\n  device: mps\n", "'mps' is not a value of train.device"),
        ("general: {}\ngenerate:\n  pipeline: simple\n", "no pipeline simple"),
        ("general: {}\nserve:\n  host_port: localhost:9\n", "serve.port: 9"),
        ("general: {}\nchat: 3\n", "chat"),
        ("general: {}\n", "0 settings"),
        ("train: {}\n", "not a settings file of InstructLab"),
    ],
)
def test_migrate_reports_invalid_values(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "theirs.yaml"
    file.write_text(text)
    done = labtop("config", "migrate", str(file), "--dry-run", status=1 if "not a settings" in words else 0)
    assert words in done.stdout + done.stderr
