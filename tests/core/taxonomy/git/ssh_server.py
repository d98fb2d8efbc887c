"""A program: an SSH server that runs `git upload-pack` and nothing else.

Arguments: its host key, and the file of the keys that it lets in. Its port is the first line that it prints.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys

import asyncssh


def started(folder: str, protocol: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["git", "upload-pack", folder],
        env={**os.environ, "GIT_PROTOCOL": protocol},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def upload_pack(process: asyncssh.SSHServerProcess[bytes]) -> None:
    program, folder = shlex.split(process.command or "")
    if program != "git-upload-pack":
        process.exit(1)
        return
    git = started(folder, process.env.get("GIT_PROTOCOL", ""))
    await process.redirect(git.stdin, git.stdout, git.stderr, send_eof=False)
    await process.stdout.drain()
    await process.stderr.drain()
    process.exit(await asyncio.to_thread(git.wait))


async def main(host_key: str, authorized_keys: str) -> None:
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=authorized_keys,
        process_factory=upload_pack,
        encoding=None,
    )
    print(server.get_port(), flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
