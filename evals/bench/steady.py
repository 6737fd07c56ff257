"""A language model's server that takes a second: for `footnote-eval bench load`.

It says two sentences of the first passage that it is given, with their mark, evenly over that time.
Run alone, so that it takes no time of who asks; prints its address.
"""

from __future__ import annotations

import asyncio
import json
import sys

SECONDS, _PIECES = 1.0, 10
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].split("\r\n")[0])
        prompt = json.loads(await reader.readexactly(length))["messages"][-1]["content"]
        passage = prompt.partition("[1] ")[2].partition("\n")[2].partition("\n\n[2]")[0]
        sentences = [each.strip(" .\n") for each in passage.split(". ") if each.strip()][:2]
        text = " ".join(f"{each}. [1]" for each in sentences)
        writer.write(_HEAD)
        step = -(-len(text) // _PIECES)
        for at in range(_PIECES):
            await asyncio.sleep(SECONDS / _PIECES)
            writer.write(_event({"content": text[at * step : (at + 1) * step]}, None))
        writer.write(_event({}, "stop") + b"data: [DONE]\n\n")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # who asked has gone
    finally:
        writer.close()


def _event(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"delta": delta, "index": 0, "finish_reason": reason}
    piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "steady"}
    return f"data: {json.dumps({**piece, 'choices': [choice]})}\n\n".encode()


async def _serve() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve()))
