"""Writing what a secure endpoint needs into a folder: key, certificate and nginx's configuration."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import LabtopError, UsageError
from core.files import back_up, write_atomic
from core.serving.tls import nginx
from core.serving.tls.certificate import Certificate, read_der
from core.serving.tls.create import create_certificate, host_name
from core.serving.tls.failures import shown_address

LOWEST_USER_PORT = 1024
"""Lower ports need root."""


@dataclass(frozen=True)
class Front:
    """A secure endpoint on disk."""

    folder: Path
    names: tuple[str, ...]
    port: int
    upstream: str
    certificate: Certificate
    backups: tuple[Path, ...]
    """Earlier files, which were renamed."""
    is_service: bool
    """Whether the folder has an nginx.conf of its own: that of an nginx that runs as a service."""

    @property
    def stem(self) -> str:
        return file_stem(self.names[0])

    @property
    def key_file(self) -> Path:
        return self.folder / "ssl" / f"{self.stem}.key"

    @property
    def certificate_file(self) -> Path:
        return self.folder / "ssl" / f"{self.stem}.crt"

    @property
    def site_file(self) -> Path:
        return self.folder / "conf.d" / f"{self.stem}.conf"

    @property
    def address(self) -> str:
        return shown_address(self.names[0], self.port)

    @property
    def url(self) -> str:
        """Of the API, for clients."""
        return f"https://{self.address}/v1"

    @property
    def podman_command(self) -> str:
        """Runs nginx in a container."""
        folder, root = self.folder.absolute(), nginx.CONTAINER_ROOT
        volumes = [f"-v {shlex.quote(f'{folder / name}:{root}/{name}:ro,Z')}" for name in ("conf.d", "ssl")]
        return " ".join(["podman run --rm --net host", *volumes, "nginx"])

    @property
    def nginx_command(self) -> str:
        """Runs an installed nginx, without root unless the port needs it, or makes the service read its files."""
        if self.is_service:
            return "nginx -t && sudo systemctl reload nginx"
        return f"nginx -p {shlex.quote(str(self.folder.absolute()))} -c nginx.conf"

    @property
    def needs_root(self) -> bool:
        return self.is_service or self.port < LOWEST_USER_PORT


def file_stem(name: str) -> str:
    """A host's name as the name of files: an IPv6 address without colons, which would end a path of podman's -v."""
    return name.replace(":", "_")


def create_front(given_names: Sequence[str], folder: Path, port: int, upstream: str, *, force: bool = False) -> Front:
    """Write the files. Existing ones are an error, or are renamed with `force`; nginx.conf is kept.

    Raises LabtopError for a name or a URL that cannot be used, and when the folder is not writable.
    """
    names = tuple(dict.fromkeys(map(host_name, given_names)))
    upstream = nginx.upstream_url(upstream)
    if urlsplit(upstream).port == port:
        raise UsageError(f"nginx and the model server cannot both use port {port}: choose another --port.")
    if ":" in str(folder.absolute()):
        raise LabtopError(f"The path of {folder} contains a colon, which podman cannot mount.", hint="Choose another.")
    key, der = create_certificate(names)
    main = folder / "nginx.conf"
    front = Front(folder, names, port, upstream, read_der(der, names[0]), (), _is_foreign(main))
    files = {
        front.key_file: key,
        front.certificate_file: front.certificate.pem,
        front.site_file: nginx.site(names, front.stem, port, upstream),
    }
    present = [file for file in files if file.exists()]
    if present and not force:
        raise LabtopError(
            f"{present[0]} exists already.",
            hint="--force writes new files and keeps the old ones as .earlier-1; --dir chooses another folder.",
        )
    backups = tuple(kept for file in present if (kept := back_up(file)))
    for file, text in files.items():
        write_atomic(file, text, private=file == front.key_file)
    if not main.exists():
        write_atomic(main, nginx.MAIN)
    return replace(front, backups=backups)


def _is_foreign(main: Path) -> bool:
    try:
        return nginx.WRITTEN_BY not in main.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
