"""A datagram endpoint of asyncio.

datagrams.py client udp:PORT | unix:PATH    sends datagrams of many sizes and wants each of them back
datagrams.py server udp | unix:PATH         sends back what it gets
"""
import asyncio
import random
import socket
import sys

HOST = '127.0.0.1'
SIZES = [1, 2, 100, 1472, 9000, 65507] + [64] * 100


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


class Queued(asyncio.DatagramProtocol):
    def __init__(self):
        self.queue = asyncio.Queue()

    def datagram_received(self, data, address):
        self.queue.put_nowait(data)

    def error_received(self, exception):
        self.queue.put_nowait(repr(exception))


async def client(loop, kind, name):
    if kind == 'unix':
        opening = loop.create_datagram_endpoint(
            Queued, local_addr=name + '.client', remote_addr=name, family=socket.AF_UNIX)
    else:
        opening = loop.create_datagram_endpoint(Queued, remote_addr=(HOST, int(name)))
    transport, protocol = await opening
    for number, size in enumerate(SIZES):
        sent = random.Random(number).randbytes(size)
        transport.sendto(sent)
        echoed = await asyncio.wait_for(protocol.queue.get(), 10)
        if echoed != sent:
            print('number', number, 'came back as', echoed[:100])
    transport.close()
    print('done', len(SIZES))


async def server(loop, kind, name=None):
    if kind == 'unix':
        opening = loop.create_datagram_endpoint(Echo, local_addr=name, family=socket.AF_UNIX)
    else:
        opening = loop.create_datagram_endpoint(Echo, local_addr=(HOST, 0))
    transport, _ = await opening
    address = transport.get_extra_info('sockname')
    print('ports', 0 if kind == 'unix' else address[1], 'end', flush=True)
    await asyncio.sleep(60)


async def main():
    side = {'client': client, 'server': server}[sys.argv[1]]
    await side(asyncio.get_running_loop(), *sys.argv[2].split(':'))


asyncio.run(main())
