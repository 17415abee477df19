"""Seals upon heads of the chain: Ed25519 signatures, and a place for time stamps by RFC 3161 (S45). Both are optional.

A chain that was replaced as a whole agrees with itself. Who signs its heads with a key that is kept elsewhere, or has
them stamped by an authority, can show that it is the one that stood then.
"""

import base64
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from analysis.policy.durable import write_whole
from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.run.store.chain import Chain

SEALS = "seals"
_KEY = "signing.pub"
_SIGNATURE, _STAMP = ".sig", ".tsr"


def make_key(processed: Path, file: Path) -> str:
    """Write a new private key to `file`, readable for its owner alone, and its public key to the district's seals.

    Returns:
        The public key in base64, as the method page shows it.

    Raises:
        UsageError: the file is there already, or the district has a key: another one would not fit its seals.
    """
    public = processed / SEALS / _KEY
    for path in (file, public):
        if path.exists():
            raise UsageError(
                say("{path}: is there already; a new key would not fit the seals that are there").format(path=path)
            )
    key = Ed25519PrivateKey.generate()
    write_whole(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    write_whole(public, base64.b64encode(key.public_key().public_bytes_raw()) + b"\n")
    return public_key(processed)


def public_key(processed: Path) -> str:
    """Return the district's public key in base64, empty where it signs nothing."""
    path = processed / SEALS / _KEY
    return path.read_text("ascii", errors="replace").strip() if path.is_file() else ""


def sign_head(chain: Chain, file: Path) -> Path:
    """Sign the head that pages print now with a private key, and return the file of the signature.

    Raises:
        UsageError: nothing is published yet, the file is no private key, or it is not the district's.
    """
    processed, head = chain.path.parent, chain.printed
    if not head:
        raise UsageError(say("{path}: nothing is published yet, so there is no head to sign").format(path=chain.path))
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        told = say("{file}: no Ed25519 private key without a password; analysis seal --new-key FILE makes one")
        raise UsageError(told.format(file=file))
    if base64.b64encode(key.public_key().public_bytes_raw()).decode() != public_key(processed):
        told = say("{file}: not the key of {processed}; sign with the district's own")
        raise UsageError(told.format(file=file, processed=processed / SEALS / _KEY))
    signature = processed / SEALS / f"{head}{_SIGNATURE}"
    write_whole(signature, base64.b64encode(key.sign(bytes.fromhex(head))) + b"\n")
    return signature


def check_seals(chain: Chain) -> tuple[list[str], list[str]]:
    """Return what is wrong with the seals, a line each with what to do, and what they say."""
    folder = chain.path.parent / SEALS
    is_valid = _verifier(public_key(chain.path.parent))
    faults, signed, stamped = [], [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_symlink() or path.suffix not in (_SIGNATURE, _STAMP, Path(_KEY).suffix):
            faults.append(say("{path}: no seal; move it away").format(path=path))
        elif path.name == _KEY:
            if is_valid is None:
                faults.append(say("{path}: no Ed25519 public key; put it back from the back-up").format(path=path))
        elif path.stem not in chain.heads:
            faults.append(
                say("{path}: seals a head that {name} does not know: rolled back, or replaced").format(
                    path=path, name=chain.path.name
                )
            )
        elif path.suffix == _STAMP:
            stamped.append(path.stem)
        elif is_valid is None or not is_valid(path):
            faults.append(
                say("{path}: not signed with the key in {key}; put both back from the back-up").format(
                    path=path, key=_KEY
                )
            )
        else:
            signed.append(path.stem)
    told = {
        say("heads signed: {count}, the last {last}"): signed,
        say("heads with a time stamp (openssl ts -verify checks it): {count}, the last {last}"): stamped,
    }
    last = {word: max(heads, key=chain.heads.index) for word, heads in told.items() if heads}
    return faults, [word.format(count=len(told[word]), last=head[:12]) for word, head in last.items()]


def _verifier(public: str) -> Callable[[Path], bool] | None:
    """Return what tells whether a file signs the head that it is named by; None without a key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
    except ValueError:
        return None

    def is_valid(path: Path) -> bool:
        try:
            key.verify(base64.b64decode(path.read_bytes(), validate=False), bytes.fromhex(path.stem))
        except (InvalidSignature, ValueError):
            return False
        return True

    return is_valid
