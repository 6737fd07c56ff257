"""Takes an address and serves the app on it, or says in one line why not."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from stat import S_ISSOCK
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

from qa.errors import CannotServe
from qa.settings import Settings

# What an address of a socket in the file system begins with.
UNIX = "unix:"
# Linux gives each of the sockets that are bound to one address its share of who connects.
SPREADS = sys.platform == "linux"
BACKLOG = 2048
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def listen(host: str, port: int, public: bool, settings: Settings) -> socket.socket:
    """A listening socket; raises CannotServe if the port is taken or the host isn't this machine's.

    `unix:PATH` is a socket in the file system, which its group may use. A host that other machines
    reach needs people to sign in, or `public`; and where people sign in, `hosts`.
    """
    signs_in = settings.identity != "none"
    if settings.workers > 1 and settings.identity != "token":
        raise CannotServe(
            f"workers = {settings.workers}: the chat keeps a conversation in one process; take "
            '1, or identity = "token", where portals\' pages keep it'
        )
    if settings.identity == "proxy" and not host.startswith(UNIX) and not settings.proxy_networks:
        raise CannotServe(
            'identity = "proxy": anybody could say who he is; set proxy_networks to where the '
            f"proxy connects from, or serve on {UNIX}PATH"
        )
    if host.startswith(UNIX):
        return _unix(Path(host.removeprefix(UNIX)), signs_in or public, settings)
    if not 0 <= port <= 65535:
        raise CannotServe(f"port {port}: there is none of that number; take one from 0 to 65535")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise CannotServe(f"host {host}: no such address; the default is 127.0.0.1") from None
    if not ipaddress.ip_address(str(address[0])).is_loopback:
        if not public and not signs_in:
            raise CannotServe(
                f"host {host}: other machines could reach it, and nobody signs in, so anyone could "
                "read every document; if that is meant, add --public"
            )
        _named(signs_in, settings, host)
    try:
        if settings.workers == 1 or not SPREADS:
            return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
        # Bound, so that nobody else takes the address; each worker listens on one of its own.
        return bound(family, (str(address[0]), port))
    except OSError as error:
        raise CannotServe(
            f"port {port} on {host} can't be had ({os.strerror(error.errno or 0)}); "
            "choose another with --port"
        ) from None


def bound(family: int, address: tuple[Any, ...]) -> socket.socket:
    """A socket at an address that others of this user may share; it doesn't listen yet."""
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def _unix(path: Path, others: bool, settings: Settings) -> socket.socket:
    """For the owner and the group of its file: whoever may connect is taken for the proxy."""
    if not others:
        raise CannotServe(f"{UNIX}{path}: for a proxy that signs people in; set identity")
    _named(True, settings, f"{UNIX}{path}")
    listening = socket.socket(socket.AF_UNIX)
    try:
        if path.exists() and S_ISSOCK(path.stat().st_mode):
            _abandoned(path)
        before = os.umask(0o117)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotServe(f"{UNIX}{path}: can't be had ({why}); choose another path") from None
    return listening


def _abandoned(path: Path) -> None:
    """Removes a socket that nobody listens on any more."""
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()


def _named(signs_in: bool, settings: Settings, host: str) -> None:
    if signs_in and not settings.hosts:
        raise CannotServe(
            f'host {host}: set hosts to the names that people use, such as hosts = ["docs.example"]'
        )


def serve(
    settings: Settings,
    listening: socket.socket,
    public: bool,
    follow: Callable[[Settings, Event], None] | None = None,
) -> None:
    """Serves chat and API until stopped; prints the address when they are ready.

    `follow` keeps the index up to date meanwhile, in a thread of its own, until the event is set.
    """
    # Before Gradio is imported: nothing is sent anywhere, and nothing asked of a model hub.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    from qa.web.worker import checked, work

    checked(settings)
    address, hosts = _address(listening, public, settings)
    stop = Event()

    def ready() -> None:
        print(f"Footnote answers at {address} (stop it with Ctrl+C)", flush=True)
        if follow:
            Thread(target=follow, args=(settings, stop), daemon=True).start()

    # Uvicorn stops in order, and then raises the signal once more: what is in here is still tidied.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with TemporaryDirectory(prefix="footnote-serve-") as shared:
        work(settings, hosts, listening, Path(shared), ready)
    stop.set()
    if listening.family == socket.AF_UNIX:
        with suppress(OSError):
            Path(listening.getsockname()).unlink()


def _address(listening: socket.socket, public: bool, settings: Settings) -> tuple[str, list[str]]:
    """What to tell people, and the names under which the server is asked."""
    # Whoever serves to others without signing in knows under which names.
    names = ["*"] if public and not settings.hosts else [*_LOOPBACK, *settings.hosts]
    if listening.family == socket.AF_UNIX:
        return f"{UNIX}{listening.getsockname()}", names
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}", [*names, host]
