"""The store of trusted certificates, and the files that it is filled from."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from core.errors import LabtopError
from core.serving.tls.certificate import read_certificates, read_der, same_fingerprint
from core.serving.tls.create import create_certificate
from core.serving.tls.trust_store import add, find, remove, trusted


def test_store(tmp_path: Path) -> None:
    store = tmp_path / "trusted"
    assert list(trusted(store)) == []
    one = read_der(create_certificate(["gpu1.example.com"])[1], "gpu1")
    other = read_der(create_certificate(["10.0.0.7"])[1], "gpu2")
    files = [add(certificate, store) for certificate in (one, other, one)]
    assert files[0] == files[2] and files[0].stat().st_mode & 0o777 == 0o600
    assert {entry.certificate.fingerprint for entry in trusted(store)} == {one.fingerprint, other.fingerprint}
    (entry,) = find("GPU1.example.com", store)
    assert entry.certificate == one
    assert [each.certificate for each in find(other.fingerprint[:11], store)] == [other]
    with pytest.raises(LabtopError, match="No trusted certificate is for gpu2"):
        find("gpu2", store)
    remove(entry)
    assert [each.certificate for each in trusted(store)] == [other]


def test_fingerprint_is_compared_without_regard_to_its_form() -> None:
    certificate = read_der(create_certificate(["a"])[1], "a")
    plain = certificate.fingerprint.replace(":", "")
    assert len(plain) == 64
    assert all(same_fingerprint(text, certificate) for text in (certificate.fingerprint, plain.lower(), f" {plain}\n"))
    assert not same_fingerprint(plain[:-1], certificate) and not same_fingerprint("", certificate)


def test_file_with_several_certificates(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    file = tmp_path / "chain.pem"
    chain = [server.cert_chain_pems[0].bytes(), authority.cert_pem.bytes()]
    file.write_bytes(b"A comment\n" + server.private_key_pem.bytes() + b"".join(chain))
    first, second = read_certificates(file)
    assert first.names == ("127.0.0.1",) and not first.is_authority and not first.is_self_issued
    assert second.is_authority and second.names == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "contains no certificate"),
        (b"\xff" * 5_000_000, "contains no certificate"),
        (b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", "damaged|cannot be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
    ],
)
def test_file_without_a_certificate(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "c.pem"
    file.write_bytes(content)
    with pytest.raises(LabtopError, match=said) as caught:
        read_certificates(file)
    assert caught.value.hint


def test_hostile_names_are_printable(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\x1b]0;evil\x07")])
    ours = read_der(create_certificate(["a"])[1], "a")
    names = [x509.DNSName("../b\x1b[2J\n"), *(x509.DNSName(f"n{number}") for number in range(200))]
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ours.not_before)
        .not_valid_after(ours.not_after)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = read_der(built.public_bytes(Encoding.DER), "server")
    texts = (certificate.subject, certificate.issuer, *certificate.names)
    assert all(text.isprintable() for text in texts)
    assert certificate.shown_names.endswith(" and 191 more")
    assert add(certificate, tmp_path).parent == tmp_path
