"""Secrets that have to be read again, encrypted with a key that is not in the database.

What only has to be recognised (passwords, tokens, recovery codes) is stored as a hash and is no
matter of this module. What has to be used again, as the secrets of second factors and webhooks,
is stored as

    v1.<key id>.<base64 of nonce, AES-256-GCM cipher text and tag>

bound to its record and field, so that a copy in another row does not open. The keys are in
`TENON_KEYS`, or in the file `tenon.keys` of the site's folder that only its owner can read: 32
bytes as URL-safe base64, one a line. The first encrypts, all decrypt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from attrs import define, field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenon_sdk.errors import TenonError
from tenon_sdk.text import Text, _

FILE = "tenon.keys"
VARIABLE = "TENON_KEYS"
FORMAT = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
ID_LENGTH = 8


class KeyMissing(TenonError):
    """A stored secret cannot be encrypted or read with the keys that are here."""

    code = "key_missing"


@frozen
class Key:
    """An encryption key; `id` is the beginning of its SHA-256 and tells nothing of it."""

    value: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(self.value).hexdigest()[:ID_LENGTH]

    @property
    def line(self) -> str:
        return base64.urlsafe_b64encode(self.value).decode()


def make_key() -> Key:
    return Key(secrets.token_bytes(KEY_BYTES))


def key_of(encrypted: str) -> str | None:
    """The id of the key that a stored secret needs; None for what is not encrypted."""
    parts = encrypted.split(".")
    return parts[1] if len(parts) == 3 and parts[0] == FORMAT else None


@define
class Vault:
    """The keys of a site. They are read anew when one is wanted that was not there before."""

    folder: Path
    _keys: tuple[Key, ...] = field(default=(), init=False, repr=False)

    @property
    def path(self) -> Path:
        return self.folder / FILE

    @property
    def from_environment(self) -> bool:
        return bool(os.environ.get(VARIABLE))

    def ring(self) -> tuple[Key, ...]:
        """All keys, the one that encrypts first; () if there is none.

        Raises KeyMissing for a key that cannot be read.
        """
        if self.from_environment:
            place, lines = VARIABLE, os.environ[VARIABLE].replace(",", " ").split()
        elif self.path.exists():
            place, lines = FILE, self.path.read_text(encoding="ascii", errors="replace").split()
        else:
            return ()
        self._keys = tuple(_read(line, place) for line in lines)
        return self._keys

    def encrypt(self, text: str, place: str) -> str:
        """`place` names record and field; the same is needed to decrypt. Raises KeyMissing."""
        keys = self.ring()
        if not keys:
            raise KeyMissing(_no_key())
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + AESGCM(keys[0].value).encrypt(nonce, text.encode(), place.encode())
        return f"{FORMAT}.{keys[0].id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def decrypt(self, encrypted: str, place: str) -> str:
        """Raises KeyMissing for what its key is not here for, or what was tampered with."""
        wanted = key_of(encrypted)
        if wanted is None:
            raise KeyMissing(_("A stored secret is not encrypted; run “tenon key renew”."))
        key = self._find(wanted)
        sealed = base64.urlsafe_b64decode(encrypted.rpartition(".")[2])
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(key.value).decrypt(nonce, rest, place.encode()).decode()
        except InvalidTag:
            raise KeyMissing(
                _("A stored secret was changed or belongs to another record.")
            ) from None

    def _find(self, wanted: str) -> Key:
        known = next((key for key in self._keys if key.id == wanted), None)
        # Another process may have made a key meanwhile.
        found = known or next((key for key in self.ring() if key.id == wanted), None)
        if found is not None:
            return found
        raise KeyMissing(
            _(
                "The key {id} is missing, with which a stored secret was encrypted. Put it into "
                "{file} of the site's folder, or into {variable}.",
                id=wanted,
                file=FILE,
                variable=VARIABLE,
            )
        )

    def begin(self) -> None:
        """Makes the first key where there is none; of two processes one makes it."""
        if not self.ring():
            self._write((make_key(),), new=True)

    def store(self, keys: Sequence[Key]) -> None:
        """Writes the key file anew. Raises KeyMissing where the keys come from the environment."""
        if self.from_environment:
            raise KeyMissing(_("The keys are in {variable}: change them there.", variable=VARIABLE))
        self._write(tuple(keys), new=False)

    def _write(self, keys: tuple[Key, ...], *, new: bool) -> None:
        content = "".join(f"{key.line}\n" for key in keys)
        try:
            # mkstemp makes files that nobody but their owner can read.
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=f"{FILE}.")
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part = Path(name)
            if new:
                with suppress(FileExistsError):
                    self.path.hardlink_to(part)
                part.unlink()
            else:
                part.replace(self.path)
        except OSError as error:
            raise KeyMissing(
                _("{file} cannot be written: {error}", file=str(self.path), error=str(error))
            ) from None


def _read(line: str, place: str) -> Key:
    try:
        value = base64.urlsafe_b64decode(line.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        value = b""
    if len(value) != KEY_BYTES:
        raise KeyMissing(_("{place} holds something that is no key.", place=place))
    return Key(value)


def _no_key() -> Text:
    return _(
        "There is no key to encrypt secrets with, and secrets are stored already. Put {file} back "
        "into the site's folder, or set {variable}.",
        file=FILE,
        variable=VARIABLE,
    )
