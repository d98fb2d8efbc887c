"""Real servers of git repositories on loopback, each in a process of its own that ends with its block."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from core.jobs.processes import end_tree
from tests.core.taxonomy.leaves import write

HERE = Path(__file__).parent


@contextmanager
def _started(program: str, *arguments: Path) -> Iterator[int]:
    """Run a server's program, and give its port."""
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            end_tree(process.pid, 0)


@dataclass(frozen=True)
class HttpsServer:
    """A web server with a certificate of an authority that nobody knows."""

    port: int
    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate to trust."""
        return self.folder / "authority.pem"

    @property
    def log(self) -> list[str]:
        """What it was asked for, in order."""
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    def url(self, path: str, user: str = "") -> str:
        return f"https://{user}127.0.0.1:{self.port}/{path}"

    def behave(self, how: str) -> None:
        """From the next request on; `https_server.py` lists the ways."""
        write(self.folder / "behaviour", how)


@contextmanager
def https_server(root: Path, folder: Path) -> Iterator[HttpsServer]:
    """Serve the repositories below `root`; the server's own files go to `folder`."""
    authority = trustme.CA()
    write(folder / "behaviour", "serve")
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    files = (folder / "server.pem", folder / "behaviour", folder / "log")
    with _started("https_server.py", root, *files) as port:
        yield HttpsServer(port, folder)


@dataclass(frozen=True)
class SshServer:
    """An SSH server that lets one key in, and the settings of a client that knows it."""

    port: int
    folder: Path

    @property
    def client(self) -> str:
        """The command for GIT_SSH_COMMAND; it reads no file but those in `folder`."""
        return f"ssh -F {self.folder / 'config'}"

    def configure(self, **changed: object) -> None:
        """Write the client's settings; the host `documents` is this server."""
        settings = {
            "HostName": "127.0.0.1",
            "Port": self.port,
            "User": "tester",
            "IdentityFile": self.folder / "key",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "UserKnownHostsFile": self.folder / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            **changed,
        }
        lines = [f"  {name} {value}" for name, value in settings.items()]
        write(self.folder / "config", "\n".join(["Host documents 127.0.0.1", *lines]) + "\n")


def new_key(path: Path, passphrase: str = "") -> str:
    """Write a key for ssh, and give its public half."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.with_suffix(".pub").read_text()


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Serve every repository that the client names by its full path; keys and settings go to `folder`."""
    folder.mkdir()
    host_key = new_key(folder / "host_key")
    write(folder / "authorized_keys", new_key(folder / "key"))
    with _started("ssh_server.py", folder / "host_key", folder / "authorized_keys") as port:
        write(folder / "known_hosts", f"[127.0.0.1]:{port} {host_key}")
        server = SshServer(port, folder)
        server.configure()
        yield server
