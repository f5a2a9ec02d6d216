"""A document from its address on the web: fetched within limits, or refused with the reason.

Nothing else in the library fetches anything, and nothing but the command line calls this. The
proxies that the environment may name are not used: behind a proxy it is the proxy that looks names
up and connects, and the check of the addresses would be of no use.
"""

from __future__ import annotations

import contextlib
import itertools
import ssl
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qa.documents.addresses import file_name, kind_of, named_in, spoken_for
from qa.documents.connecting import CONNECT_SECONDS, Backend, Deadline
from qa.errors import DocumentError
from qa.types import Progress

if TYPE_CHECKING:
    import httpcore
    import httpx

READ_SECONDS = 30.0
"""A connection on which nothing comes for so long is given up."""
MOST_REDIRECTS = 5

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HEADERS = {
    "Accept": "application/pdf, text/html;q=0.9, */*;q=0.5",
    # What was not asked for in compressed form is hardly ever sent so, and is read within bounds.
    "Accept-Encoding": "identity",
    "User-Agent": "ask-the-reviews",
}
_PIECE = 1 << 16
_BY_HAND = "open it in a browser, save it, and add the file: qa add FILE --url ADDRESS"
_REFUSED = {
    401: "it asks for a name and a password",
    403: "the server does not allow it",
    404: "there is nothing at this address",
    410: "what was at this address is gone",
    429: "the server has had too many requests",
}


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was fetched, as ``name``; ``url`` is where it was found after all redirects."""

    path: Path
    name: str
    url: str
    media_type: str


def download(
    url: str,
    folder: Path,
    *,
    max_bytes: int,
    seconds: float,
    allow_private: bool,
    progress: Progress | None = None,
) -> Downloaded:
    """What the address leads to is a file in the folder.

    ``max_bytes`` bounds what comes over the line and what it unpacks to, ``seconds`` the whole of
    it. Raises DocumentError for an address that is not http or https or leads to a machine of
    one's own, for an answer that is no document of a kind that is read, and for whatever goes
    wrong on the way; nothing is left in the folder then.
    """
    import httpcore  # noqa: PLC0415
    import httpx  # noqa: PLC0415

    part = folder / "download.part"
    backend = Backend(deadline=Deadline.after(seconds), allow_private=allow_private)
    try:
        with _client(backend) as client:
            return _fetched(client, _checked(url), part, max_bytes, progress)
    except DocumentError as error:
        raise DocumentError(f"{url}: {error}", uri=url, hint=error.hint) from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise DocumentError(f"{url}: {_said(error)}", uri=url, hint=_BY_HAND) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The client looks at where a redirect leads, though it is told not to follow.
        said = f"{url}: a redirect to what is no address: {error}"
        raise DocumentError(said, uri=url, hint=_BY_HAND) from error
    except OSError as error:
        hint = "see that there is room for it on the disk"
        raise DocumentError(f"{url}: cannot be written: {error}", uri=url, hint=hint) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _fetched(
    client: httpx.Client, url: httpx.URL, part: Path, max_bytes: int, progress: Progress | None
) -> Downloaded:
    seen = {url}
    while True:
        with client.stream("GET", url) as response:
            if response.status_code not in _REDIRECTS:
                return _saved(response, part, max_bytes, progress)
            location = response.headers.get("location", "")
        if not location:
            raise DocumentError("a redirect that leads nowhere", hint=_BY_HAND)
        further = _checked(location, after=url)
        if further in seen or len(seen) > MOST_REDIRECTS:
            circle = "in a circle" if further in seen else f"more than {MOST_REDIRECTS} times"
            raise DocumentError(f"it redirects {circle}", hint=_BY_HAND)
        seen.add(further)
        url = further


def _checked(address: str, *, after: httpx.URL | None = None) -> httpx.URL:
    """The address as one that may be asked, taken from the one ``after`` which it came.

    Raises DocumentError where it is malformed, of another scheme, or tells a name and a password.
    """
    import httpx  # noqa: PLC0415

    try:
        if "\\" in address or any(ord(sign) <= 32 for sign in address):
            raise httpx.InvalidURL("blanks, control characters and backslashes do not belong there")
        url = (after.join(address) if after else httpx.URL(address)).copy_with(fragment=None)
        host, port = url.raw_host.decode("ascii"), url.port
        if port is not None and not 0 < port < 1 << 16:
            raise httpx.InvalidURL(f"there is no port {port}")
    except (httpx.InvalidURL, ValueError) as error:
        raise DocumentError(
            f"not an address: {error}", hint="copy the address from the browser"
        ) from error
    where = f" (redirected to {url})" if after else ""
    if url.scheme not in ("http", "https") or not host:
        raise DocumentError(
            f"only http and https addresses of a host are fetched{where}",
            hint="name an address that begins with https://, or a file",
        )
    if url.userinfo:
        raise DocumentError(
            "the address holds a user's name or password",
            hint="it would stand in the index: leave it out, or save the document with a browser",
        )
    if after and after.scheme == "https" and url.scheme == "http":
        raise DocumentError(
            f"it leads from https to http{where}, where the document could be another's",
            hint="name that address itself, if you trust the way to it",
        )
    return url


def _saved(
    response: httpx.Response, part: Path, max_bytes: int, progress: Progress | None
) -> Downloaded:
    """The body of the answer is a file beside ``part``, under a name that says its kind."""
    if response.status_code != 200:
        status = response.status_code
        why = _REFUSED.get(status, "the server failed" if status >= 500 else "no document came")
        raise DocumentError(f"{why} (HTTP status {status})", hint=_BY_HAND)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    url = str(response.url)
    names = [*named_in(response.headers.get("content-disposition", "")), spoken_for(url)]
    told = response.headers.get("content-length", "")
    length = int(told) if told.isdecimal() else 0
    if length > max_bytes:
        raise _too_large(max_bytes)
    pieces = _unpacked(_received(response, max_bytes), response, max_bytes)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= 1024:
            break
    if not head.strip():
        raise DocumentError("what came is empty", hint=_BY_HAND)
    ending = kind_of(media_type, names, head)
    name = file_name(names, ending, host=response.url.host)
    done = 0
    with part.open("wb") as file:
        for piece in itertools.chain((head,), pieces):
            file.write(piece)
            done += len(piece)
            if progress:
                progress("downloading", done, max(length, done))
    path = part.rename(part.with_name(name))
    return Downloaded(path, name, url, media_type)


def _received(response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """The bytes as they come over the line. Raises DocumentError past the limit."""
    done = 0
    for piece in response.iter_raw():
        done += len(piece)
        if done > max_bytes:
            raise _too_large(max_bytes)
        yield piece


def _unpacked(pieces: Iterator[bytes], response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """The bytes as they are meant, unpacked a little at a time, so that no bomb goes off."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise DocumentError(f"it is packed as {encoding}, which is not read", hint=_BY_HAND)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)  # takes gzip and zlib, whichever it is
    done = 0
    try:
        for piece in pieces:
            while piece and not unpack.eof:
                made = unpack.decompress(piece, _PIECE)
                done += len(made)
                if done > max_bytes:
                    raise _too_large(max_bytes)
                yield made
                piece = unpack.unconsumed_tail
    except zlib.error as error:
        raise DocumentError("what came cannot be unpacked", hint=_BY_HAND) from error
    if not unpack.eof:
        raise DocumentError("it broke off before the end", hint=_BY_HAND)


def _too_large(max_bytes: int) -> DocumentError:
    return DocumentError(
        f"too large: the limit is {max_bytes / 1e6:,.1f} MB",
        hint="raise the setting max_file_mb, or add a part of it as a file",
    )


def _said(error: Exception) -> str:
    """What went wrong on the line, in words."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection could be made ({cause.reason or 'TLS'})"
    name = type(error).__name__
    if name == "ConnectTimeout":
        return f"the server could not be reached in {CONNECT_SECONDS:g} seconds"
    if name == "ConnectError":
        return f"the server could not be reached ({error})"
    if "Timeout" in name:
        return f"nothing came for {READ_SECONDS:g} seconds"
    if "Protocol" in name:
        return f"it broke off, or is no web server's answer ({error})"
    return f"the connection was lost ({error})"


def _client(backend: Backend) -> httpx.Client:
    """A client that connects through the backend and nowhere else, and follows nothing."""
    import httpcore  # noqa: PLC0415
    import httpx  # noqa: PLC0415

    pools: dict[str, httpcore.ConnectionPool] = {}

    class Body(httpx.SyncByteStream):
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __iter__(self) -> Iterator[bytes]:
            yield from self.stream

        def close(self) -> None:
            self.stream.close()

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            url = request.url
            asked = httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
            if url.scheme not in pools:
                pools[url.scheme] = _pool(backend, secure=url.scheme == "https")
            came = pools[url.scheme].handle_request(asked)
            return httpx.Response(came.status, headers=came.headers, stream=Body(came.stream))

        def close(self) -> None:
            for pool in pools.values():
                pool.close()

    times = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(transport=Transport(), trust_env=False, timeout=times, headers=_HEADERS)


def _pool(backend: Backend, *, secure: bool) -> httpcore.ConnectionPool:
    import httpcore  # noqa: PLC0415
    import httpx  # noqa: PLC0415

    return httpcore.ConnectionPool(
        # It is slow to make, and heeds SSL_CERT_FILE, for those with an authority of their own.
        ssl_context=httpx.create_ssl_context() if secure else None,
        network_backend=cast("httpcore.NetworkBackend", backend),
    )
