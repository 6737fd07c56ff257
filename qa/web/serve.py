"""Takes an address and serves the app on it, or says in one line why not."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from threading import Event, Thread

from qa.assistant import Assistant
from qa.errors import CannotServe
from qa.settings import Settings


def listen(host: str, port: int, public: bool) -> socket.socket:
    """A listening socket; raises CannotServe if the port is taken or the host isn't this machine's.

    While nobody signs in, a host that other machines reach needs `public`.
    """
    if not 0 <= port <= 65535:
        raise CannotServe(f"port {port}: there is none of that number; take one from 0 to 65535")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise CannotServe(f"host {host}: no such address; the default is 127.0.0.1") from None
    if not public and not ipaddress.ip_address(str(address[0])).is_loopback:
        raise CannotServe(
            f"host {host}: other machines could reach it, and nobody signs in, so anyone could "
            "read every document; if that is meant, add --public"
        )
    try:
        return socket.create_server((str(address[0]), port), family=family)
    except OSError as error:
        raise CannotServe(
            f"port {port} on {host} can't be had ({os.strerror(error.errno or 0)}); "
            "choose another with --port"
        ) from None


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
    import uvicorn

    from qa.web.app import app

    assistant = Assistant(settings)
    host, port = listening.getsockname()[:2]
    # Whoever serves to others knows under which names.
    hosts = ["*"] if public else ["localhost", "127.0.0.1", "[::1]", host, *settings.hosts]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        app(assistant, hosts),
        log_level="warning",
        server_header=False,
        # An open chat holds a connection for as long as its tab is open.
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    print(f"Footnote answers at {address} (stop it with Ctrl+C)", flush=True)
    stop = Event()
    if follow:
        Thread(target=follow, args=(settings, stop), daemon=True).start()
    server.run(sockets=[listening])
    stop.set()
