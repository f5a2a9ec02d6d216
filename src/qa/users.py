"""The people who may log in to the web chat: a file of names and what their passwords hash to.

One person a line, ``name:$scrypt$ln=15,r=8,p=3$salt$hash``, salt and hash in base64 without "=".
The password itself is kept nowhere.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import SettingsError

SHORTEST = 8
LONGEST = 1024
_NAME = re.compile(r"[^\s:#](?:[^:]{0,62}[^\s:])?")
_LINE = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([\w+/]+)")
# About 0.2 s of one processor and 32 MB, for each guess too.
_COST = (15, 8, 3)
_MOST_MEMORY = 256 * 2**20
_MAKE = "make a line with `qa user NAME --auth-file FILE`"


@dataclass(frozen=True, slots=True)
class Secret:
    """What a password hashes to, and how."""

    ln: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> Secret:
        """The secret of a password, with a salt of its own."""
        made = cls(*_COST, secrets.token_bytes(16), b"")
        return cls(*_COST, made.salt, made.hashed(password))

    @classmethod
    def read(cls, text: str) -> Secret:
        """The secret as it was written. Raises ValueError for anything else."""
        found = _LINE.fullmatch(text)
        if not found:
            raise ValueError("it is no hash made by scrypt")
        ln, r, p = (int(part) for part in found.groups()[:3])
        made = cls(ln, r, p, *(_decoded(part) for part in found.groups()[3:]))
        dear = made.memory > _MOST_MEMORY
        if not 10 <= ln <= 20 or not (r >= 1 and 1 <= p <= 16) or dear:
            raise ValueError("its cost is out of range")
        if len(made.salt) < 8 or len(made.digest) < 16:
            raise ValueError("its salt or its hash is too short")
        return made

    @property
    def memory(self) -> int:
        """The bytes that computing it takes."""
        return int(128 * 2**self.ln * self.r)

    def written(self) -> str:
        """The secret as it is written in the file."""
        salt, digest = (_encoded(part) for part in (self.salt, self.digest))
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${salt}${digest}"

    def hashed(self, password: str) -> bytes:
        """What the password hashes to in this way."""
        return hashlib.scrypt(
            unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass"),
            salt=self.salt,
            n=2**self.ln,
            r=self.r,
            p=self.p,
            maxmem=self.memory + 2**20 * (1 + self.p),
            dklen=len(self.digest) or 32,
        )

    def opens(self, password: str) -> bool:
        """Whether it is this password; it takes as long where it is not."""
        return hmac.compare_digest(self.hashed(password), self.digest)


class Users:
    """Who may log in, as the file says now: a change of it needs no new start."""

    def __init__(self, path: str | Path) -> None:
        """Raises SettingsError for a file that cannot be read or holds something else."""
        self.path = Path(path)
        self.secrets: Mapping[str, Secret] = {}
        self.problem = ""
        self._seen: tuple[int, ...] = ()
        self._read()
        if not self.secrets:
            raise SettingsError(f"{self.path} names nobody", hint=_MAKE)
        # Whoever is not in the file takes as long to refuse as whoever is.
        first = next(iter(self.secrets.values()))
        salt, digest = secrets.token_bytes(16), secrets.token_bytes(len(first.digest))
        self._nobody = Secret(first.ln, first.r, first.p, salt, digest)

    @property
    def warning(self) -> str:
        """What should be mended about the file, or nothing."""
        if os.name == "posix" and self.path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            return f"{self.path} can be read by everyone on this machine: chmod 600 {self.path}"
        return ""

    def secret_of(self, name: str) -> Secret | None:
        """The secret of that name, if it is in the file."""
        return self.secrets.get(unicodedata.normalize("NFC", name))

    def opens(self, name: str, password: str) -> bool:
        """Whether it is the password of that name. Takes a while: for a thread of its own."""
        known = self.secret_of(name)
        return (known or self._nobody).opens(password[: LONGEST + 1]) and known is not None

    def refresh(self) -> None:
        """The file is read again if it changed. While it is unusable nobody may log in."""
        try:
            if _mark(self.path.stat()) != self._seen:
                self._read()
            self.problem = ""
        except (OSError, SettingsError) as error:
            self.secrets, self._seen = {}, ()
            self.problem = str(error)

    def _read(self) -> None:
        try:
            with self.path.open(encoding="utf-8") as file:
                self._seen = _mark(os.fstat(file.fileno()))
                lines = file.read(1_000_000).splitlines()
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or str(error)
            hint = f"name a file that can be read with --auth-file, or {_MAKE}"
            raise SettingsError(
                f"the auth file {self.path} cannot be read: {said}", hint=hint
            ) from error
        self.secrets = _parsed(lines, self.path)


def put_user(path: str | Path, name: str, password: str) -> bool:
    """The person is in the file with that password; whether the name was new to it.

    Raises SettingsError for a name or a password that cannot be one.
    """
    name = unicodedata.normalize("NFC", name)
    if not _is_name(name):
        raise SettingsError(
            f"{name!r} cannot be a name", hint='take letters and digits, without ":", at most 64'
        )
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(
            f"the password has {len(password)} characters",
            hint=f"take {SHORTEST} or more, at most {LONGEST}",
        )
    held, lines = _held(path)
    _replace(path, [*_without(lines, name), f"{name}:{Secret.of(password).written()}"])
    return name not in held


def drop_user(path: str | Path, name: str) -> None:
    """The person is no longer in the file. Raises SettingsError where there was none."""
    name = unicodedata.normalize("NFC", name)
    held, lines = _held(path)
    if name not in held:
        raise SettingsError(f"{path} names no {name!r}", hint=f"it names: {', '.join(held)}")
    _replace(path, _without(lines, name))


def _held(path: str | Path) -> tuple[Mapping[str, Secret], list[str]]:
    """Who is in the file, and its lines; nobody where there is no file yet."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the auth file {path} cannot be read: {error}", hint="name another with --auth-file"
        ) from error
    return _parsed(lines, path), lines


def _parsed(lines: list[str], path: str | Path) -> Mapping[str, Secret]:
    found: dict[str, Secret] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, written = line.strip().partition(":")
        name = unicodedata.normalize("NFC", name)
        try:
            if not _is_name(name):
                raise ValueError("it begins with no name")
            if name in found:
                raise ValueError(f"{name} stands there twice")
            found[name] = Secret.read(written)
        except ValueError as error:
            # The line is not repeated: it may hold a password.
            raise SettingsError(
                f"line {number} of the auth file {path} cannot be used: {error}", hint=_MAKE
            ) from error
    return found


def _is_name(name: str) -> bool:
    """Whether it is one, in one line: there are more ends of a line than those of ASCII."""
    return bool(_NAME.fullmatch(name)) and name.isprintable()


def _without(lines: list[str], name: str) -> list[str]:
    def named(line: str) -> str:
        return unicodedata.normalize("NFC", line.strip().partition(":")[0])

    return [line for line in lines if named(line) != name]


def _replace(path: str | Path, lines: list[str]) -> None:
    """The file holds these lines, or what it held before; its owner stays, and what its group may.

    A new one is for its owner alone. None is for everyone.
    """
    path = Path(path)
    try:
        path = path.resolve()
        # What mkstemp makes is for its owner alone.
        number, made = tempfile.mkstemp(prefix=".qa-", dir=path.parent)
        try:
            with open(number, "w", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in lines))
                file.flush()
                os.fsync(file.fileno())
                _hand_over(path, file.fileno())
            os.replace(made, path)
        except BaseException:
            os.unlink(made)
            raise
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="name a file in a folder that is there",
        ) from error


def _hand_over(path: Path, number: int) -> None:
    """The open file belongs to whom the one at the path does: a server must go on to read it."""
    if os.name == "posix" and path.exists():
        was = path.stat()
        os.fchmod(number, stat.S_IMODE(was.st_mode) & 0o660 | 0o600)
        with contextlib.suppress(PermissionError):  # only root gives files away
            os.fchown(number, was.st_uid, was.st_gid)


def _mark(found: Any) -> tuple[int, ...]:
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _encoded(part: bytes) -> str:
    return base64.b64encode(part).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("its base64 is damaged") from error
