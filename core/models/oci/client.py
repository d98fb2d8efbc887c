"""Requests to an OCI registry, after its distribution specification. Imports httpx2: used in workers only.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md; tokens as in
https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from core.errors import LabtopError
from core.models.http_stream import BUSY, TIMEOUT, BusyError, StatusError, open_stream
from core.models.oci.logins import find_login, parse_challenge

MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)

MANIFEST = MANIFEST_TYPES[0]

MAX_MANIFEST = 4_000_000
"""Bytes; the specification asks registries to accept up to 4 MB."""

STORE_SECONDS = 900.0
"""How long a registry may take to compare the digest of a layer and to store it, after it has received it."""

CERTIFICATE_FOLDERS = ("/etc/containers/certs.d", "/etc/docker/certs.d", "~/.config/containers/certs.d")
"""Where podman and docker have the certificates of a registry, in a folder with its name."""


class LoginError(Exception):
    """The registry needs a login, or refuses the one that there is."""

    def __init__(self, host: str, *, known: bool) -> None:
        super().__init__(f"{host} refused the login" if known else f"{host} needs a login")
        self.known = known
        """Whether a login was sent."""


def is_loopback(host: str) -> bool:
    """Whether a registry is on this machine, which may then be plain HTTP, as for docker and podman."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


class RegistryClient:
    """One repository of a registry. May be used by several threads."""

    def __init__(self, repository: str, *, push: bool = False) -> None:
        """`repository` is `host/path`; with `push` it asks for the right to write."""
        import httpx2

        self.host, _, self.path = repository.partition("/")
        self._login = find_login(self.host, self.path)
        self._actions = "pull,push" if push else "pull"
        self._authorization: str | None = None
        local = is_loopback(self.host)
        self._context = self._tls_context(verify=not local)
        self._client = httpx2.Client(verify=self._context, timeout=TIMEOUT, trust_env=not local, follow_redirects=False)
        self._base = self._find_base(local)

    def __enter__(self) -> RegistryClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _tls_context(self, *, verify: bool) -> ssl.SSLContext:
        """The system's certificates, and those that podman has for this registry."""
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for folder in CERTIFICATE_FOLDERS:
            for file in sorted(Path(folder).expanduser().joinpath(self.host).glob("*.crt")):
                context.load_verify_locations(file)
        return context

    def _find_base(self, local: bool) -> str:
        """https, or plain HTTP on loopback where there is no TLS."""
        import httpx2

        secure = f"https://{self.host}/v2/"
        if local:
            try:
                self._client.get(secure)
            except httpx2.TransportError:
                return f"http://{self.host}/v2/"
        return secure

    # Reading.

    def manifest(self, release: str) -> tuple[bytes, str]:
        """A manifest and its digest, by tag or digest. Raises KeyError if there is none, LoginError, BusyError."""
        headers = {"Accept": ", ".join(MANIFEST_TYPES)}
        response = self.send("GET", f"{self.path}/manifests/{release}", headers=headers)
        if response.status_code == 404:
            raise KeyError(release)
        self._check(response)
        if len(response.content) > MAX_MANIFEST:
            raise LabtopError(f"The manifest of {release} in {self.host}/{self.path} is too long.", code="bad-manifest")
        return response.content, f"sha256:{hashlib.sha256(response.content).hexdigest()}"

    def blob_size(self, digest: str) -> int | None:
        """The bytes of a blob that is in the repository; None if it is not."""
        response = self.send("HEAD", f"{self.path}/blobs/{digest}", headers={}, redirects=True)
        if response.status_code == 404:
            return None
        self._check(response)
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else -1

    @contextmanager
    def blob(self, digest: str, start: int) -> Iterator[HTTPResponse]:
        """The response with a blob's bytes from `start` on. Raises BusyError, LostError, LoginError, StatusError."""
        url = urljoin(self._base, f"{self.path}/blobs/{digest}")
        local = is_loopback(self.host)
        for attempt in range(2):
            sent = self._authorized()
            try:
                with open_stream(url, sent, start, context=self._context, proxies=not local) as response:
                    yield response
                return
            except StatusError as error:
                if error.status == 401 and attempt == 0:
                    self._authorize(error.headers.get("WWW-Authenticate", ""), sent)
                elif error.status in (401, 403):
                    raise LoginError(self.host, known=self._login is not None) from None
                else:
                    raise

    # Writing.

    def put_blob(self, digest: str, size: int, body: Callable[[], Iterator[bytes]]) -> None:
        """Upload a blob in one request; `body` begins again at each call. The registry checks the digest."""
        response = self.send("POST", f"{self.path}/blobs/uploads/", headers={"Content-Length": "0"})
        self._check(response)
        if "Location" not in response.headers:
            raise BusyError(f"{self.host} gave no address for the upload")
        location = urljoin(self._base, response.headers["Location"])
        url = f"{location}{'&' if urlsplit(location).query else '?'}digest={digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        self._check(self.send("PUT", url, headers=headers, content=body, answer_seconds=STORE_SECONDS))

    def put_manifest(self, tag: str, data: bytes) -> None:
        """Give a release its manifest; its blobs must be there."""
        headers = {"Content-Type": MANIFEST}
        self._check(self.send("PUT", f"{self.path}/manifests/{tag}", headers=headers, content=lambda: iter([data])))

    # Requests.

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: dict[str, str],
        content: Callable[[], Iterator[bytes]] | None = None,
        redirects: bool = False,
        answer_seconds: float = TIMEOUT,
    ) -> Any:
        """Send a request, and wait so long for its answer; one that needs a token is sent again with it."""
        import httpx2

        url = urljoin(self._base, target)
        for attempt in range(2):
            sent = self._authorized()
            response = self._client.request(
                method,
                url,
                headers={**headers, **sent},
                content=None if content is None else content(),
                follow_redirects=redirects,
                timeout=httpx2.Timeout(TIMEOUT, read=answer_seconds),
            )
            if response.status_code != 401 or attempt:
                return response
            self._authorize(response.headers.get("WWW-Authenticate", ""), sent)
        return response

    def _authorized(self) -> dict[str, str]:
        return {} if self._authorization is None else {"Authorization": self._authorization}

    def _authorize(self, challenge: str, sent: Mapping[str, str]) -> None:
        """Get the right that a refused request needs, which had these headers. Raises LoginError."""
        import httpx2

        scheme, parameters = parse_challenge(challenge)
        if scheme == "bearer" and "realm" in parameters:
            scope = parameters.get("scope") or f"repository:{self.path}:{self._actions}"
            asked = {"scope": scope, "service": parameters.get("service", self.host)}
            realm = urljoin(self._base, parameters["realm"])
            if urlsplit(realm).scheme != "https" and not is_loopback(self.host):
                raise LoginError(self.host, known=False)  # the password would be sent in the clear
            answer = self._client.get(realm, params=asked, auth=self._login or httpx2.USE_CLIENT_DEFAULT)
            token = _token(answer.content) if answer.status_code == 200 else None
            if token is None:
                raise LoginError(self.host, known=self._login is not None)
            self._authorization = f"Bearer {token}"
        elif scheme == "basic" and self._login is not None and not sent:
            self._authorization = f"Basic {base64.b64encode(':'.join(self._login).encode()).decode()}"
        else:
            raise LoginError(self.host, known=self._login is not None)

    def _check(self, response: Any) -> None:
        """Raise LoginError, BusyError or httpx2.HTTPStatusError unless a request succeeded."""
        if response.status_code in (401, 403):
            raise LoginError(self.host, known=self._login is not None)
        if response.status_code in BUSY:
            raise BusyError(f"{self.host} answered status {response.status_code}")
        response.raise_for_status()


def _token(body: bytes) -> str | None:
    """The token in a server's answer; None if there is none that a header can carry."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    token = data.get("token") or data.get("access_token") if isinstance(data, dict) else None
    return token if isinstance(token, str) and token.isascii() and token.isprintable() else None
