"""nginx's configuration for a secure endpoint: TLS in front of a model server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from core.errors import LabtopError

CONTAINER_ROOT = "/etc/nginx"
"""The folder of nginx.conf in the container, and of an installed nginx."""

WRITTEN_BY = "Written by `labtop tls init`."
"""In the first line of our files."""

SITE = """\
# TLS for the model server at {upstream}. Written by `labtop tls init`.
# Paths are relative to the folder of nginx.conf, which is /etc/nginx in the container.

server {{
    listen {port} ssl;{listen_ipv6}
    server_name {names};

    ssl_certificate ssl/{stem}.crt;
    ssl_certificate_key ssl/{stem}.key;
    ssl_protocols TLSv1.2 TLSv1.3;

    # To accept only clients with a certificate, save the certificate of its issuer as ssl/clients.crt:
    # ssl_client_certificate ssl/clients.crt;
    # ssl_verify_client on;

    # A long prompt is larger than nginx's limit of 1 MB. Prompts are kept in memory and not written to the disk.
    client_max_body_size 16m;
    client_body_buffer_size 16m;

    location / {{
        # The server gets its own address as Host, since it may refuse other names.
        proxy_pass {upstream};
        proxy_http_version 1.1;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;

        # Replies arrive token by token. A busy server may take minutes before the first one.
        proxy_buffering off;
        proxy_connect_timeout 10s;
        proxy_read_timeout 600s;
        proxy_send_timeout 600s;

        error_page 502 504 @unreachable;
    }}

    location @unreachable {{
        internal;
        default_type application/json;
        return 502 '{{"error": {{"message": "The model server at {upstream} does not answer."}}}}';
    }}
}}
"""

MAIN = """\
# Runs nginx without root and without a container; the container does not use this file. Written by `labtop tls init`.

pid nginx.pid;
error_log error.log;

events {
}

http {
    access_log off;

    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;

    include conf.d/*.conf;
}
"""
"""Paths are relative to the folder that `nginx -p` names."""


def upstream_url(given: str) -> str:
    """A model server's URL as nginx needs it: without `/v1`, which clients send. Raises LabtopError for another one."""
    text = given.strip()
    text = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port that is not a number, or an unclosed bracket
        host, port = "", None
    plain = re.fullmatch(r"[a-z0-9._-]+", host) or re.fullmatch(r"[0-9a-f:]+", host)
    if (
        not plain
        or not text.isprintable()
        or parts.scheme != "http"
        or parts.path.rstrip("/") not in ("", "/v1")
        or parts.query
        or "@" in text
    ):
        raise LabtopError(
            f"{given!r} is not the URL of a model server that nginx can reach.",
            hint="Give the address without TLS that the server listens at: --upstream http://127.0.0.1:8000",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}{'' if port is None else f':{port}'}"


def site(names: Sequence[str], stem: str, port: int, upstream: str) -> str:
    """The file conf.d/STEM.conf, from checked values; `stem` is the name of the files of key and certificate."""
    servers = " ".join(f"[{name}]" if ":" in name else name for name in names)
    listen_ipv6 = f"\n    listen [::]:{port} ssl;" if "[" in servers else ""  # an error where the system has no IPv6
    return SITE.format(names=servers, stem=stem, port=port, upstream=upstream, listen_ipv6=listen_ipv6)
