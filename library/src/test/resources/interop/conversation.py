"""The other side of Conversation.java, by asyncio alone.

conversation.py client tcp:PORT unix:PATH tls:PORT:AUTHORITY ...   calls all at once, with streams
conversation.py server PATH CERTIFICATE                           answers on TCP, on a Unix path and over TLS, with protocols
"""
import asyncio
import hashlib
import random
import ssl
import sys

HOST = '127.0.0.1'
SMALL_MESSAGES = 200
SMALL_BYTES = 16
BULK_BYTES = 256 * 1024


async def call(where):
    kind, *rest = where.split(':')
    if kind == 'unix':
        reader, writer = await asyncio.open_unix_connection(rest[0])
    elif kind == 'tls':
        context = ssl.create_default_context(cafile=rest[1])
        reader, writer = await asyncio.open_connection(HOST, int(rest[0]), ssl=context, server_hostname='localhost')
    else:
        reader, writer = await asyncio.open_connection(HOST, int(rest[0]))
    half = kind != 'tls'  # asyncio has no half-close over TLS
    body = random.Random(kind).randbytes(SMALL_MESSAGES * SMALL_BYTES + BULK_BYTES)
    writer.write(b'%d %s\n' % (len(body), b'half' if half else b'whole'))
    echoed = b''
    for start in range(0, SMALL_MESSAGES * SMALL_BYTES, SMALL_BYTES):
        writer.write(body[start:start + SMALL_BYTES])
        echoed += await reader.readexactly(SMALL_BYTES)
    writer.write(body[len(echoed):])
    _, bulk = await asyncio.gather(writer.drain(), reader.readexactly(BULK_BYTES))
    digest = await reader.readline()
    if half:
        writer.write_eof()
    goodbye = await reader.read()
    writer.close()
    await writer.wait_closed()
    same = echoed + bulk == body and digest.decode() == hashlib.sha256(body).hexdigest() + '\n' and goodbye == b'bye\n'
    print(kind, 'same' if same else 'different', flush=True)


class Answerer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.header = b''
        self.left = None
        self.hash = hashlib.sha256()

    def data_received(self, data):
        if self.left is None:
            self.header += data
            if b'\n' not in self.header:
                return
            line, data = self.header.split(b'\n', 1)
            count, ending = line.split()
            self.left = int(count)
            self.half = ending == b'half'
        self.left -= len(data)
        self.hash.update(data)
        self.transport.write(data)
        if self.left == 0:
            self.transport.write(self.hash.hexdigest().encode() + b'\n')
            if not self.half:
                self.say_goodbye()

    def eof_received(self):
        if self.left == 0 and self.half:
            self.say_goodbye()

    def say_goodbye(self):
        self.transport.write(b'bye\n')
        self.transport.close()


async def serve(path, certificate):
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    await loop.create_unix_server(Answerer, path)
    tcp = await loop.create_server(Answerer, HOST, 0)
    tls = await loop.create_server(Answerer, HOST, 0, ssl=context)
    print('ports', *(server.sockets[0].getsockname()[1] for server in (tcp, tls)), 'end', flush=True)
    await asyncio.sleep(60)


async def main():
    if sys.argv[1] == 'server':
        await serve(*sys.argv[2:])
    else:
        await asyncio.wait_for(asyncio.gather(*map(call, sys.argv[2:])), 60)


asyncio.run(main())
