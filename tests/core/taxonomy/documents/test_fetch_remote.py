"""Documents over https and ssh, from real servers: good ones, and those that strangers may run."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from core.errors import LabtopError
from core.taxonomy.documents import fetch
from core.taxonomy.documents.fetch import cached_documents, fetch_documents
from core.taxonomy.format.leaf import DocumentSource
from tests.core.taxonomy.git.git_servers import HttpsServer, SshServer, https_server, new_key, ssh_server
from tests.core.taxonomy.leaves import commit_all, git, write

pytestmark = pytest.mark.slow

needs_ssh = pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh client")


@pytest.fixture
def origin(tmp_path: Path) -> str:
    """Makes the repository `root/birds` with two commits, and gives the first; its pack is of 200 KB."""
    folder = tmp_path / "root/birds"
    write(folder / "a.md", "# First\n" + Random(1).randbytes(200_000).hex())
    first = commit_all(folder)
    write(folder / "a.md", "# Second\n")
    commit_all(folder)
    return first


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def https(tmp_path: Path, origin: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpsServer]:
    """Serves `root`; trusted."""
    backend = Path(git(tmp_path, "--exec-path")) / "git-http-backend"
    if not backend.exists():
        pytest.skip("this git has no http-backend")
    with https_server(tmp_path / "root", tmp_path / "https") as server:
        monkeypatch.setenv("GIT_SSL_CAINFO", str(server.authority))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield server


@pytest.fixture
def ssh(tmp_path: Path, origin: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    """Known to the client, and knows its key."""
    with ssh_server(tmp_path / "ssh") as server:
        monkeypatch.setenv("GIT_SSH_COMMAND", server.client)
        yield server


def first_words(source: DocumentSource, cache: Path) -> str:
    (document,) = fetch_documents(source, cache)
    return document.text.split("\n")[0]


def birds(url: str, commit: str) -> DocumentSource:
    return DocumentSource(url, commit, ("*.md",))


def refusal(source: DocumentSource, cache: Path) -> LabtopError:
    """Why there are no documents: a sentence, of a length to be read, and a hint. Lint takes nothing from the cache."""
    with pytest.raises(LabtopError) as caught:
        fetch_documents(source, cache)
    assert caught.value.hint
    for text in (caught.value.message, caught.value.hint):
        assert len(text) < 400
        assert "\n" not in text
    assert cached_documents(source, cache) is None
    assert not [path for path in cache.rglob("tmp_*") if path.is_file()], "a partial pack is left"
    return caught.value


def test_https_and_the_cache_afterwards(https: HttpsServer, origin: str, cache: Path) -> None:
    source = birds(https.url("birds/.git"), origin)
    assert first_words(source, cache) == "# First"
    asked = https.log
    assert len(asked) >= 2
    assert first_words(source, cache) == "# First"
    assert cached_documents(source, cache)
    assert https.log == asked


def test_https_redirect(https: HttpsServer, origin: str, cache: Path) -> None:
    with https_server(https.folder, https.folder / "old") as old:
        old.behave(f"redirect {https.url('birds/.git/info/refs?service=git-upload-pack')}")
        write(both := https.folder / "both.pem", https.authority.read_text() + old.authority.read_text())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_SSL_CAINFO", str(both))
            assert first_words(birds(old.url("birds/.git"), origin), cache) == "# First"


def test_an_untrusted_certificate(
    https: HttpsServer, origin: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_SSL_CAINFO")
    reported = refusal(birds(https.url("birds/.git"), origin), cache)
    assert reported.message.endswith("cannot be fetched: git does not trust the server's certificate.")
    assert "GIT_SSL_CAINFO" in (reported.hint or "")
    assert not https.log


def test_cause_is_not_read_from_the_address(https: HttpsServer, origin: str, cache: Path) -> None:
    """That a server knows nothing of shallow fetches is a reason to fetch all."""
    https.behave("locked")
    reported: list[str] = []
    with pytest.raises(LabtopError):
        fetch_documents(birds(https.url("shallow/.git"), origin), cache, reported.append)
    assert len(reported) == 1


def test_certificate_for_another_name(https: HttpsServer, origin: str, cache: Path) -> None:
    url = https.url("birds/.git").replace("127.0.0.1", "localhost")
    assert "certificate is for another host" in refusal(birds(url, origin), cache).message


@pytest.mark.parametrize("user", ["", "me@", "me:se@cret@", "secret@"])
def test_server_requires_a_password(https: HttpsServer, user: str, origin: str, cache: Path) -> None:
    https.behave("locked")
    reported = refusal(birds(https.url("birds/.git", user), origin), cache)
    if "/" not in user and user.count("@") < 2:
        assert reported.message.endswith(
            "cannot be fetched: the server requires a login, and git has none that it accepts."
        )
    assert "cret" not in f"{reported.message} {reported.hint}"


def test_login_from_address_or_helper(https: HttpsServer, origin: str, cache: Path, own_home: Path) -> None:
    https.behave("locked")
    assert first_words(birds(https.url("birds/.git", "me:right@"), origin), cache) == "# First"
    with (own_home / "gitconfig").open("a") as config:
        config.write('[credential]\nhelper = "!echo username=me; echo password=right #"\n')
    assert first_words(birds(https.url("birds/.git"), origin), cache) == "# First"


def test_credential_helper_runs_non_interactively(
    https: HttpsServer, origin: str, cache: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those with a window of their own look it up."""
    https.behave("locked")
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 5.0)
    with (own_home / "gitconfig").open("a") as config:
        config.write('[credential]\nhelper = "!test $(git config credential.interactive) = false || sleep 60 #"\n')
    assert "requires a login" in refusal(birds(https.url("birds/.git"), origin), cache).message


def test_password_is_not_shown(origin: str, cache: Path) -> None:
    """Git gives it to ssh as part of the user's name, so the address is refused."""
    with pytest.raises(LabtopError, match=r"ssh://me:…@127\.0\.0\.1:1/x") as caught:
        fetch_documents(birds("ssh://me:se@cret@127.0.0.1:1/x", origin), cache)
    assert "cret" not in f"{caught.value.message} {caught.value.hint}"


def test_no_such_repository(https: HttpsServer, origin: str, cache: Path) -> None:
    assert "has no such repository" in refusal(birds(https.url("fish/.git"), origin), cache).message


@pytest.mark.parametrize(
    "target", ["file://{root}/birds/.git", "ext::sh -c touch% {mark}", "ftp://127.0.0.1/x", "/birds/.git/info/refs"]
)
def test_redirect_out_of_https_is_rejected(
    https: HttpsServer, target: str, origin: str, cache: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    https.behave("redirect " + target.format(root=tmp_path / "root", mark=mark))
    assert "redirects git" in refusal(birds(https.url("birds/.git"), origin), cache).message
    assert not mark.exists()


def test_long_server_message_is_truncated(https: HttpsServer, origin: str, cache: Path) -> None:
    https.behave("refuse No birds \033[2Jfor you" + "!" * 9_000)
    reported = refusal(birds(https.url("birds/.git"), origin), cache)
    assert "remote error: No birds" in reported.message
    assert "\033" not in reported.message


def test_broken_connection_leaves_no_commit(https: HttpsServer, origin: str, cache: Path) -> None:
    https.behave("cut")
    source = birds(https.url("birds/.git"), origin)
    assert "connection was interrupted" in refusal(source, cache).message
    https.behave("serve")
    assert first_words(source, cache) == "# First"


@pytest.mark.parametrize("how", ["silent", "stall"])
def test_silent_server(https: HttpsServer, how: str, origin: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SILENT_SECONDS", 1)
    https.behave(how)
    source = birds(https.url("birds/.git"), origin)
    assert "stopped answering" in refusal(source, cache).message
    https.behave("serve")
    assert first_words(source, cache) == "# First"


@pytest.mark.parametrize("scheme", ["https", "git", pytest.param("ssh", marks=needs_ssh)])
def test_port_without_an_answer(scheme: str, origin: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 1.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -F /dev/null")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"{scheme}://127.0.0.1:{mute.getsockname()[1]}/birds"
        assert "took longer than 1 seconds" in refusal(birds(url, origin), cache).message


@needs_ssh
@pytest.mark.parametrize("form", ["ssh://tester@127.0.0.1:{port}{path}", "tester@documents:{path}"])
def test_ssh(ssh: SshServer, form: str, origin: str, cache: Path, tmp_path: Path) -> None:
    source = birds(form.format(port=ssh.port, path=tmp_path / "root/birds"), origin)
    assert first_words(source, cache) == "# First"


@pytest.mark.parametrize(
    "host",
    ["$(id)", "`id`", "me@-oProxyCommand=id", "%2DoProxyCommand=id", "me;id;@documents", "documents|id", "me%24(id)@x"],
)
def test_host_with_shell_characters(
    host: str, origin: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's settings may hand the host's name to a shell, and ssh long did so as it was (CVE-2023-51385)."""
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {tmp_path / 'started'} #")
    with pytest.raises(LabtopError, match="not an address"):
        fetch_documents(birds(f"ssh://{host}/birds", origin), cache)
    assert not (tmp_path / "started").exists()


@needs_ssh
def test_ssh_unknown_repository(ssh: SshServer, origin: str, cache: Path, tmp_path: Path) -> None:
    reported = refusal(birds(f"tester@documents:{tmp_path}/root/fish", origin), cache)
    assert "has no such repository" in reported.message


@needs_ssh
def test_an_unknown_host_key(ssh: SshServer, origin: str, cache: Path, tmp_path: Path) -> None:
    write(ssh.folder / "known_hosts", "")
    url = f"ssh://tester@127.0.0.1:{ssh.port}{tmp_path}/root/birds"
    reported = refusal(birds(url, origin), cache)
    assert reported.message.endswith("cannot be fetched: ssh does not know the server's host key.")
    assert f"git ls-remote {url}" in (reported.hint or ""), "with the user, or it would be another account"
    assert (ssh.folder / "known_hosts").read_text() == ""


@needs_ssh
def test_changed_host_key(ssh: SshServer, origin: str, cache: Path, tmp_path: Path) -> None:
    write(ssh.folder / "known_hosts", f"[127.0.0.1]:{ssh.port} {new_key(ssh.folder / 'another')}")
    reported = refusal(birds(f"tester@documents:{tmp_path}/root/birds", origin), cache)
    assert "host key is not the one" in reported.message


@needs_ssh
@pytest.mark.parametrize("passphrase", ["", "secret"])
def test_rejected_ssh_key(ssh: SshServer, passphrase: str, origin: str, cache: Path, tmp_path: Path) -> None:
    """A stranger's, and one that only a passphrase opens."""
    new_key(ssh.folder / "another", passphrase)
    if passphrase:
        (ssh.folder / "authorized_keys").write_text((ssh.folder / "another.pub").read_text())
    ssh.configure(IdentityFile=ssh.folder / "another")
    reported = refusal(birds(f"tester@documents:{tmp_path}/root/birds", origin), cache)
    assert reported.message.endswith("cannot be fetched: the server accepts none of your ssh keys.")
    assert "ssh-add" in (reported.hint or "")
