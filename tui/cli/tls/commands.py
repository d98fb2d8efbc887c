"""`labtop tls`: a secure endpoint for a model server, and the certificates that clients trust."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from core import paths
from core.errors import LabtopError
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json, table
from tui.cli.tls.view import certificate_lines, front_lines, front_to_data, inspection_lines

if TYPE_CHECKING:
    from core.config.options.tls import (
        TlsCheckOptions,
        TlsInitOptions,
        TlsListOptions,
        TlsRemoveOptions,
        TlsTrustOptions,
    )
    from core.serving.tls.certificate import Certificate

CERTIFICATE_SUFFIXES = (".pem", ".crt", ".cer")
"""Names with these are files, although they could be names of hosts."""

SHOWN_FINGERPRINT = len("AA:BB:CC:DD:EE:FF:00:11")
"""Characters in the list; enough for `tls remove`."""


@click.group()
def tls() -> None:
    """Secure endpoints: a TLS proxy for a model server, and the certificates that labtop trusts."""


@tls.command(cls=OptionCommand, options="tls init")
def init(options: TlsInitOptions) -> None:
    """Create key, certificate and nginx configuration.

    With these, nginx on this machine is a secure endpoint for a model server. The certificate is self-signed and valid
    for a year. Better is one of a certificate authority that clients trust: save it and its key in place of the files
    in ssl/.
    """
    from core.serving.tls.front import create_front

    front = create_front(options.names, options.dir, options.port, options.upstream, force=options.force)
    if options.json_output:
        print_json(front_to_data(front))
    else:
        click.echo("\n".join(front_lines(front)))


@tls.command(cls=OptionCommand, options="tls check")
@click.argument("address", metavar="HOST:PORT")
def check(address: str, options: TlsCheckOptions) -> None:
    """Show a server's certificate, and whether it is accepted.

    On a terminal, offers to trust a certificate that is not trusted yet. Exits with 1 if it is not accepted.
    """
    from core.serving.tls.inspection import inspect, split_address

    found = inspect(*split_address(address))
    if options.json_output:
        print_json(found.to_data())
    else:
        click.echo("\n".join(inspection_lines(found)))
    if found.accepted:
        return
    if options.json_output or not (found.can_be_trusted and _is_terminal() and _confirmed()):
        raise found.error()
    _trust(found.certificate)


@tls.command(cls=OptionCommand, options="tls trust")
@click.argument("source", metavar="HOST:PORT|FILE")
def trust(source: str, options: TlsTrustOptions) -> None:
    """Trust the certificate of a server, or those in a file.

    They apply to all connections of labtop to endpoints. A file must be in PEM format. A server's certificate is shown
    first, and must be confirmed by you or by --fingerprint.
    """
    from core.serving.tls.certificate import read_certificates
    from core.serving.tls.inspection import inspect, split_address

    file = paths.expanded(source)
    if file.is_file():
        certificates = read_certificates(file)
        for certificate in certificates:
            _require_valid(certificate)
            _require_fingerprint(certificate, options.fingerprint, source)
        for certificate in certificates:
            click.echo("\n".join(certificate_lines(certificate)))
            _trust(certificate)
        return
    if "://" not in source and ("/" in source or file.suffix in CERTIFICATE_SUFFIXES):
        raise LabtopError(
            f"There is no file {source}.", hint="Give a file with certificates (PEM), or an address as HOST:PORT."
        )
    found = inspect(*split_address(source))
    _require_fingerprint(found.certificate, options.fingerprint, source)
    if found.accepted:
        click.echo(f"The certificate of {found.address} is accepted already.")
        return
    if not found.can_be_trusted:
        raise found.error()
    if options.fingerprint is None:
        if not _is_terminal():
            raise LabtopError(
                f"The certificate of {found.address} cannot be trusted without a confirmation.",
                hint="Give its fingerprint, which `labtop tls init` printed on the server, with --fingerprint.",
            )
        click.echo("\n".join(inspection_lines(found)))
        if not _confirmed():
            raise found.error()
    _trust(found.certificate)


@tls.command("list", cls=OptionCommand, options="tls list")
def list_trusted(options: TlsListOptions) -> None:
    """List the certificates that labtop trusts.

    Those of the system are trusted, too.
    """
    from core.serving.tls.trust_store import trusted

    found = list(trusted(paths.current().trusted_dir))
    if options.json_output:
        print_json([{**each.certificate.to_data(), "file": str(each.file)} for each in found])
    elif found:
        heads = ["SHA-256 FINGERPRINT", "VALID UNTIL", "KIND", "NAMES"]
        click.echo(table(heads, [_row(each.certificate) for each in found]))
    else:
        click.echo("labtop trusts no certificates in addition to those of the system.")


@tls.command(cls=OptionCommand, options="tls remove")
@click.argument("name", metavar="NAME|FINGERPRINT")
def remove(name: str, options: TlsRemoveOptions) -> None:
    """Stop trusting a certificate.

    It is given by one of its names or by the beginning of its fingerprint.
    """
    from core.serving.tls.trust_store import find
    from core.serving.tls.trust_store import remove as delete

    for entry in find(name, paths.current().trusted_dir):
        delete(entry)
        click.echo(f"No longer trusted: {entry.certificate.fingerprint}")


def _row(certificate: Certificate) -> list[str]:
    kind = "authority" if certificate.is_authority else "server"
    until = f"{certificate.not_after:%Y-%m-%d}"
    until = f"{until} (expired)" if certificate.validity_fault() else until
    names = certificate.shown_names if certificate.names else certificate.subject
    return [f"{certificate.fingerprint[:SHOWN_FINGERPRINT]}…", until, kind, names]


def _trust(certificate: Certificate) -> None:
    from core.serving.tls.trust_store import add

    file = add(certificate, paths.current().trusted_dir)
    whom = "every certificate that it issues" if certificate.is_authority else "this certificate"
    click.echo(f"labtop now trusts {whom}: {file}")


def _require_valid(certificate: Certificate) -> None:
    if reason := certificate.validity_fault():
        raise LabtopError(
            f"The certificate {certificate.fingerprint} cannot be used: {reason}.",
            hint="Create another one on the server: labtop tls init --force",
        )


def _require_fingerprint(certificate: Certificate, expected: str | None, source: str) -> None:
    from core.serving.tls.certificate import same_fingerprint

    if expected is not None and not same_fingerprint(expected, certificate):
        raise LabtopError(
            f"The certificate of {source} has another fingerprint: {certificate.fingerprint}.",
            hint="Do not trust it, unless the server has a new certificate: ask its administrator.",
        )


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _confirmed() -> bool:
    click.echo("\nCompare the fingerprint with the one that `labtop tls init` printed there.")
    return click.confirm("Trust this certificate?")
