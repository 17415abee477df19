"""The commitment: a chain of hashes whose end is published and whose links are revealed one by one (R12).

Code i is SHA-256 of code i+1; the commitment is code 0. Round r reveals code r+1. The seed, the last code, is the only
secret: it lies apart from everything that is published.
"""

import hashlib
import secrets
from datetime import date
from pathlib import Path

from pydantic import Field

from analysis.action.draw.announcement import Announcement, DrawId, Hash
from analysis.action.draw.files import SECRET, read_model
from analysis.action.draw.result import Reveal
from analysis.policy.base import Model
from analysis.policy.errors import DataError
from analysis.policy.messages import say

CODE_BYTES = 32


class Secret(Model):
    """The office's secret of one draw. Whoever has it knows every later round: never publish the file."""

    draw_id: DrawId
    chain_length: int = Field(ge=1)
    seed: Hash


def hash_times(code: bytes, times: int) -> bytes:
    """Return SHA-256 applied `times` times."""
    for _ in range(times):
        code = hashlib.sha256(code).digest()
    return code


def make_secret(draw_id: str, chain_length: int, seed: bytes | None = None) -> Secret:
    """Return a new secret; the seed comes from the operating system unless given (tests, samples)."""
    seed = secrets.token_bytes(CODE_BYTES) if seed is None else seed
    return Secret(draw_id=draw_id, chain_length=chain_length, seed=seed.hex())


def commitment_of(secret: Secret) -> str:
    """Return the end of the chain, in hex: what the announcement publishes."""
    return hash_times(bytes.fromhex(secret.seed), secret.chain_length).hex()


def reveal_code(secret_folder: Path, round_: int) -> str:
    """Return the code that the office reveals in a round, in hex.

    Args:
        secret_folder: where `secret.json` lies.
        round_: 0 for the draw, 1 for the first replacement, and so on.

    Raises:
        DataError: the file is missing or broken, or the chain has no code left for this round.
    """
    secret = read_model(Path(secret_folder) / SECRET, Secret)
    if not 0 <= round_ < secret.chain_length:
        told = say("{secret}: the chain holds {chain_length} codes, none is left for round {round}")
        raise DataError(told.format(secret=SECRET, chain_length=secret.chain_length, round=round_))
    return hash_times(bytes.fromhex(secret.seed), secret.chain_length - round_ - 1).hex()


def last_public_code(announcement: Announcement, earlier: list[Reveal]) -> str:
    """Return what serves as the code where the reveal fails: the last code revealed, at first the commitment."""
    return next((r.code for r in reversed(earlier) if r.status == "revealed"), announcement.commitment)


def settle_reveal(
    announcement: Announcement, earlier: list[Reveal], code: str | None, on: date, deadline: date
) -> Reveal:
    """Return the code that this round uses (R12).

    In time, the revealed code; after the deadline, the last public code, and the failure is a published violation:
    if withholding led to another draw, the office could choose between two results.

    Args:
        announcement: the announcement.
        earlier: the reveals of the rounds before, in order.
        code: what the office reveals, in hex; None if it does not.
        on: the day of the round.
        deadline: the last day on which a reveal counts.

    Raises:
        DataError: the code does not belong to the commitment, or there is none and the deadline is not over.
    """
    round_ = len(earlier)
    if round_ >= announcement.rules.chain_length:
        told = say("draw {draw_id}: all {chain_length} codes are used up")
        raise DataError(told.format(draw_id=announcement.draw_id, chain_length=announcement.rules.chain_length))
    if code is not None:
        _check_code(announcement, round_, code)
    elif on <= deadline:
        told = say(
            "draw {draw_id}: no code is revealed and the deadline {deadline} is not over; reveal it, "
            "or hold the round after the deadline with the last public code"
        )
        raise DataError(told.format(draw_id=announcement.draw_id, deadline=deadline))
    if code is not None and on <= deadline:
        return Reveal(round=round_, on=on, status="revealed", code=code)
    status = "missing_reveal" if code is None else "late_reveal"
    fallback = last_public_code(announcement, earlier)
    return Reveal(round=round_, on=on, status=status, code=fallback, late_code=code)


def _check_code(announcement: Announcement, round_: int, code: str) -> None:
    try:
        raw = bytes.fromhex(code)
    except ValueError:
        raise DataError(
            say("draw {draw_id}: the code {code!r} is not hexadecimal").format(draw_id=announcement.draw_id, code=code)
        ) from None
    if len(raw) != CODE_BYTES or code != raw.hex() or hash_times(raw, round_ + 1).hex() != announcement.commitment:
        raise DataError(
            say(
                "draw {draw_id}: the code {code} does not match the commitment "
                "{commitment} in round {round}; nothing was drawn"
            ).format(draw_id=announcement.draw_id, code=code, commitment=announcement.commitment, round=round_)
        )
