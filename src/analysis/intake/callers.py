"""Caller keys: who called is never stored, only whether two tickets come from the same caller.

A key is HMAC-SHA256 of the delivered caller identifier with a secret of the root, cut to 128 bits. Whoever has the
tables but not the secret cannot try telephone numbers one by one. The secret lies in `data/caller.key` (64 hexadecimal
digits, readable by its owner alone), is made before the first publication, and belongs neither into version control nor
to anybody who receives tables. A new secret makes new keys: repeats across the change are then not found.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from analysis.policy.durable import make_folder, write_whole
from analysis.policy.errors import DataError
from analysis.policy.messages import mark, say

_BLOCK = 64  # bytes: SHA-256's block, to which HMAC fills up its key
_SECRET_BYTES = 32
KEY_HEX_DIGITS = 32


def caller_secret(root: Path, *, is_new: bool, is_kept: bool = True) -> bytes:
    """Return the secret of a root, from `data/caller.key`; a new root without one gets one at random.

    Args:
        root: The district's folder.
        is_new: Whether the root has published nothing yet; only then may a missing secret be made.
        is_kept: Whether a secret that is made is written; without it, it serves for a look alone.

    Raises:
        DataError: the file does not hold 64 hexadecimal digits, or it is lost: months were published with it.
    """
    secret = read_caller_secret(root)
    if secret:
        return secret
    if not is_new:
        told = say(
            "{path}: is missing, though months were published with it; put it back from the back-up (a new one "
            "finds no repeated callers across the loss: to accept that, write 64 random hexadecimal digits there)"
        )
        raise DataError(told.format(path=_path(root)))
    made = secrets.token_bytes(_SECRET_BYTES)
    if not is_kept:
        return made
    with suppress(FileExistsError):  # another run may have made it in between
        write_caller_secret(root, made)
    return read_caller_secret(root)


def read_caller_secret(root: Path) -> bytes | None:
    """Return the secret of a root, None where it has none yet.

    Raises:
        DataError: the file does not hold 64 hexadecimal digits.
    """
    path = _path(root)
    try:
        content = path.read_bytes().strip()
        secret = bytes.fromhex(content.decode("ascii"))
    except FileNotFoundError:
        return None
    except ValueError:
        secret = b""
    if len(secret) != _SECRET_BYTES:
        found = mark("not 64 hexadecimal digits") if content.strip(b"\0") else mark("empty, as a power cut leaves it")
        told = say(
            "{path}: {found}; put the root's own file back from the back-up (a new one makes new caller keys); "
            "where nothing was published yet, delete it: the next run makes one"
        )
        raise DataError(told.format(path=path, found=say(found)))
    return secret


def write_caller_secret(root: Path, secret: bytes) -> None:
    """Write the secret of a root; an existing one is kept.

    Raises:
        FileExistsError: the root has a secret already.
    """
    path = _path(root)
    make_folder(path.parent, 0o700)
    with FileLock(path.with_name(".caller.lock")):
        if path.exists():
            raise FileExistsError(f"{path}: exists already")
        write_whole(path, f"{secret.hex()}\n".encode("ascii"), mode=0o600)


def _path(root: Path) -> Path:
    return Path(root) / "data" / "caller.key"


def key_expression(column: str) -> str:
    """Return the SQL of a caller's key; it takes the parameters of `key_parameters`. No caller, no key."""
    inner = f"unhex(sha256($inner::blob || encode({column})))"
    return f"case when {column} = '' then '' else left(sha256($outer::blob || {inner}), {KEY_HEX_DIGITS}) end"


def key_parameters(secret: bytes) -> dict[str, bytes]:
    """Return HMAC's two padded keys for `key_expression`."""
    filled = secret.ljust(_BLOCK, b"\0")
    return {"inner": bytes(b ^ 0x36 for b in filled), "outer": bytes(b ^ 0x5C for b in filled)}
