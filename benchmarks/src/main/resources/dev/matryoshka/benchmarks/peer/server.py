"""asyncio, or uvloop, in every mode of the bench: protocols, as both do it fastest; no library besides.

  server.py --loop asyncio|uvloop [--mode echo|lines|source|file|two-write|udp] [--host H] [--port N] [--unix PATH]
            [--tls-cert PEM --tls-key PEM]

Says "listening on HOST:PORT" and ends when its standard input does.
"""
import argparse
import asyncio
import os
import ssl
import tempfile
import threading

BACKLOG = 4096
CHUNK_BYTES = 64 * 1024
FILE_BYTES = 16 * 1024 * 1024
LINE_BYTES = 64 * 1024
REQUEST_BYTES, HEAD_BYTES, BODY_BYTES = 16, 100, 1024


def alphabet(count):
    return bytes(ord("a") + i % 26 for i in range(count))


class Echo(asyncio.Protocol):
    """Who does not read is not read from."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


class Lines(Echo):
    """A write for each line; a line that is too long ends its connection."""

    rest = b""

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.transport.write(line + b"\n")
        if len(self.rest) > LINE_BYTES:
            self.transport.abort()


class Source(asyncio.Protocol):
    """A chunk per turn until it is asked to pause, so that others have theirs."""

    chunk = alphabet(CHUNK_BYTES)
    paused = False

    def connection_made(self, transport):
        self.transport = transport
        self.write_on()

    def write_on(self):
        if not self.paused and not self.transport.is_closing():
            self.transport.write(self.chunk)
            if not self.paused:
                asyncio.get_running_loop().call_soon(self.write_on)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        self.write_on()


class FileSource(asyncio.Protocol):
    file = None

    def connection_made(self, transport):
        self.task = asyncio.get_running_loop().create_task(self.send(transport))

    async def send(self, transport):
        loop = asyncio.get_running_loop()
        with open(self.file, "rb") as file:
            while not transport.is_closing():
                try:
                    await loop.sendfile(transport, file, 0)
                except (OSError, RuntimeError):
                    return


class TwoWrite(asyncio.Protocol):
    head, body = alphabet(HEAD_BYTES), alphabet(BODY_BYTES)
    received = 0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += len(data)
        while self.received >= REQUEST_BYTES:
            self.received -= REQUEST_BYTES
            self.transport.write(self.head)
            self.transport.write(self.body)


class DatagramEcho(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, sender):
        self.transport.sendto(data, sender)


MODES = {"echo": Echo, "lines": Lines, "source": Source, "file": FileSource, "two-write": TwoWrite, "udp": DatagramEcho}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    parser.add_argument("--mode", choices=sorted(MODES), default="echo")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--unix")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    return parser.parse_args()


async def serve(wanted):
    loop = asyncio.get_running_loop()
    protocol = MODES[wanted.mode]
    tls = None
    if wanted.tls_cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(wanted.tls_cert, wanted.tls_key)
    if wanted.mode == "file":
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(alphabet(CHUNK_BYTES) * (FILE_BYTES // CHUNK_BYTES))
        FileSource.file = file.name
    if wanted.mode == "udp":
        transport, _ = await loop.create_datagram_endpoint(protocol, (wanted.host, wanted.port))
        where = "%s:%d" % transport.get_extra_info("sockname")[:2]
    elif wanted.unix:
        await loop.create_unix_server(protocol, wanted.unix, ssl=tls, backlog=BACKLOG)
        where = wanted.unix
    else:
        server = await loop.create_server(protocol, wanted.host, wanted.port, ssl=tls, backlog=BACKLOG)
        where = "%s:%d" % server.sockets[0].getsockname()[:2]
    print("listening on " + where, flush=True)
    ended = loop.create_future()
    threading.Thread(target=until_eof, args=(loop, ended), daemon=True).start()
    try:
        await ended
    finally:
        if FileSource.file:
            os.unlink(FileSource.file)


def until_eof(loop, ended):
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    loop.call_soon_threadsafe(ended.set_result, None)


def main():
    wanted = arguments()
    if wanted.loop == "uvloop":
        import uvloop

        run = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    else:
        run = asyncio.Runner()
    with run as runner:
        runner.run(serve(wanted))


if __name__ == "__main__":
    main()
