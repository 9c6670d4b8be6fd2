package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Goal: datagrams come whole, with their sender, and no error ends a socket. Method: {@link DatagramContract}. */
class KernelDatagramTest extends DatagramContract {
    @Test
    void aDatagramComesWholeAndWithItsSender() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        ByteBuffer source = ByteBuffer.wrap("hello".getBytes());
        assertThat(a.trySendTo(source, b.localAddress())).isEqualTo(5);
        assertThat(source.hasRemaining()).isFalse();
        assertThat(receive(b)).isEqualTo("hello");
        assertThat(b.sender()).isEqualTo(a.localAddress());
        assertThat(b.isTruncated()).isFalse();
    }

    @Test
    void boundariesAndOrderAreKept() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        send(a, "one", b.localAddress());
        send(a, "", b.localAddress());
        send(a, "three", b.localAddress());
        assertThat(receive(b)).isEqualTo("one");
        assertThat(receive(b)).isEmpty();
        assertThat(receive(b)).isEqualTo("three");
        assertThat(isSilent(b)).isTrue();
    }

    @Test
    @Proves("DatagramTransport.sendto")
    void anEmptyDatagramIsSentAndReceived() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        assertThat(send(a, "", b.localAddress())).isZero();
        assertThat(receiveInto(b, ByteBuffer.allocateDirect(10))).isZero();
        assertThat(b.sender()).isEqualTo(a.localAddress());
    }

    @Test
    void aConnectedSocketSendsAnEmptyDatagramOrSaysThatItCannot() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        a.connect(b.localAddress());
        if (kernel.name().equals("nio")) {
            assertThatThrownBy(() -> send(a, "", null))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("EOPNOTSUPP");
        } else {
            assertThat(send(a, "", null)).isZero();
            assertThat(receive(b)).isEmpty();
        }
        send(a, "not empty", null);
        assertThat(receive(b)).isEqualTo("not empty");
    }

    @Test
    void whatDoesNotFitIsLostAndTold() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        for (boolean direct : new boolean[] {true, false}) {
            send(a, "123456789", b.localAddress());
            send(a, "next", b.localAddress());
            ByteBuffer room = direct ? ByteBuffer.allocateDirect(4) : ByteBuffer.allocate(4);
            assertThat(receiveInto(b, room)).isEqualTo(4);
            assertThat(b.isTruncated()).isTrue();
            assertThat(room.get(3)).isEqualTo((byte) '4');
            assertThat(receive(b)).isEqualTo("next");
            assertThat(b.isTruncated()).isFalse();
        }
    }

    @Test
    void aDatagramThatFitsExactlyIsNotTruncated() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        send(a, "1234", b.localAddress());
        assertThat(receiveInto(b, ByteBuffer.allocate(4))).isEqualTo(4);
        assertThat(b.isTruncated()).isFalse();
    }

    @Test
    void aBufferWithoutRoomTakesADatagramToo() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        send(a, "1234", b.localAddress());
        send(a, "next", b.localAddress());
        assertThat(receiveInto(b, ByteBuffer.allocate(0))).isZero();
        assertThat(b.isTruncated()).isTrue();
        assertThat(receive(b)).isEqualTo("next");
    }

    @Test
    void aChunkIsReceivedIntoWithinItsRange() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        Chunk chunk = kernel.allocate(64);
        send(a, "12345", b.localAddress());
        while (!isReported(b, READABLE)) {
            poll();
        }
        assertThat(b.tryRecvFrom(chunk, 10, 3)).isEqualTo(3);
        assertThat(b.isTruncated()).isTrue();
        byte[] all = new byte[16];
        chunk.bytes().clear().get(all);
        assertThat(Arrays.copyOfRange(all, 9, 14)).containsExactly(0, '1', '2', '3', 0);
        assertThatThrownBy(() -> b.tryRecvFrom(chunk, 60, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> b.tryRecvFrom(chunk, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aChunkIsSentFromWithinItsRange() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        Chunk chunk = kernel.allocate(64);
        chunk.bytes().clear().put("0123456789".getBytes());
        assertThat(a.trySendTo(chunk, 2, 3, b.localAddress())).isEqualTo(3);
        assertThat(a.trySendTo(chunk, 2, 0, b.localAddress())).isZero();
        assertThat(receive(b)).isEqualTo("234");
        assertThat(receive(b)).isEmpty();
        assertThatThrownBy(() -> a.trySendTo(chunk, 60, 5, b.localAddress()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        a.connect(b.localAddress());
        assertThat(a.trySendTo(chunk, 0, 1, null)).isEqualTo(1);
        assertThat(receive(b)).isEqualTo("0");
    }

    @Test
    void theSenderIsTheSameObjectWhileThePeerStays() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        NonBlockingDatagramSocket c = bound();
        send(a, "1", b.localAddress());
        receive(b);
        SocketAddress first = b.sender();
        send(a, "2", b.localAddress());
        receive(b);
        assertThat(b.sender()).isSameAs(first);
        send(c, "3", b.localAddress());
        receive(b);
        assertThat(b.sender()).isEqualTo(c.localAddress());
    }

    @Test
    void theAnswerGoesBackToTheSender() throws IOException {
        NonBlockingDatagramSocket server = bound();
        NonBlockingDatagramSocket client = openDatagram(StandardProtocolFamily.INET);
        send(client, "ping", server.localAddress());
        assertThat(receive(server)).isEqualTo("ping");
        send(server, "pong", server.sender());
        assertThat(receive(client)).isEqualTo("pong");
        assertThat(addressOf(client).getPort()).isPositive();
    }

    @Test
    void theLargestDatagramPasses() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        a.setOption(StandardSocketOptions.SO_SNDBUF, 256 * 1024);
        b.setOption(StandardSocketOptions.SO_RCVBUF, 256 * 1024);
        int largest = NonBlockingDatagramSocket.UDP_BYTES_MAX - 20;
        for (ByteBuffer source : new ByteBuffer[] {ByteBuffer.allocate(largest), ByteBuffer.allocateDirect(largest)}) {
            assertThat(a.trySendTo(source, b.localAddress())).isEqualTo(largest);
            assertThat(receiveInto(b, ByteBuffer.allocateDirect(100_000))).isEqualTo(largest);
        }
    }

    @Test
    void aLargerOneIsRefusedAndTheSocketLives() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        ByteBuffer tooMuch = ByteBuffer.allocate(NonBlockingDatagramSocket.UDP_BYTES_MAX - 19);
        assertThatThrownBy(() -> a.trySendTo(tooMuch, b.localAddress()))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EMSGSIZE")
                .hasMessageContaining(text(b.localAddress()));
        assertThat(tooMuch.position()).isZero();
        send(a, "still here", b.localAddress());
        assertThat(receive(b)).isEqualTo("still here");
    }

    @Test
    void ipv6DatagramsComeWithTheirSender() throws IOException {
        assumeIpv6();
        NonBlockingDatagramSocket a = bound(StandardProtocolFamily.INET6);
        NonBlockingDatagramSocket b = bound(StandardProtocolFamily.INET6);
        send(a, "six", b.localAddress());
        assertThat(receive(b)).isEqualTo("six");
        assertThat(b.sender()).isEqualTo(a.localAddress());
        SocketAddress first = b.sender();
        send(a, "again", b.localAddress());
        receive(b);
        assertThat(b.sender()).isSameAs(first);
    }

    @Test
    void aDualStackSocketHearsIpv4() throws IOException {
        assumeIpv6();
        NonBlockingDatagramSocket six = openDatagram(StandardProtocolFamily.INET6);
        six.setIpv6Only(false);
        six.bind(new InetSocketAddress("::", 0));
        NonBlockingDatagramSocket four = bound();
        send(four, "four", new InetSocketAddress("127.0.0.1", addressOf(six).getPort()));
        assertThat(receive(six)).isEqualTo("four");
        assertThat(six.sender()).isEqualTo(four.localAddress());
        send(six, "six", six.sender());
        assertThat(receive(four)).isEqualTo("six");
    }

    // ---- connected ------------------------------------------------------------------------------------------------

    @Test
    void aConnectedSocketSendsWithoutAnAddressAndHearsOnlyItsPeer() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        NonBlockingDatagramSocket stranger = bound();
        a.connect(b.localAddress());
        assertThat(a.remoteAddress()).isEqualTo(b.localAddress());
        send(a, "to you", null);
        assertThat(receive(b)).isEqualTo("to you");
        send(stranger, "psst", a.localAddress());
        send(b, "back", a.localAddress());
        assertThat(receive(a)).isEqualTo("back");
        assertThat(isSilent(a)).isTrue();
    }

    @Test
    void aConnectedSocketTakesItsPeerAsAnAddressAndNoOther() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        a.connect(b.localAddress());
        send(a, "ok", b.localAddress());
        assertThat(receive(b)).isEqualTo("ok");
        assertThatThrownBy(() -> send(a, "no", a.localAddress())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aDissolvedSocketHearsEverybodyAgainOnTheSamePort() throws IOException {
        NonBlockingDatagramSocket a = openDatagram(StandardProtocolFamily.INET);
        NonBlockingDatagramSocket b = bound();
        NonBlockingDatagramSocket c = bound();
        a.connect(b.localAddress());
        int port = addressOf(a).getPort();
        a.disconnect();
        a.disconnect();
        assertThat(a.remoteAddress()).isNull();
        assertThat(addressOf(a).getPort()).isEqualTo(port);
        send(c, "hello", new InetSocketAddress("127.0.0.1", port));
        assertThat(receive(a)).isEqualTo("hello");
        assertThatThrownBy(() -> send(a, "to whom?", null))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EDESTADDRREQ");
    }

    @Test
    void disconnectGivesBackTheAddressThatWasBound() throws IOException {
        NonBlockingDatagramSocket a = bound();
        SocketAddress own = a.localAddress();
        a.connect(bound().localAddress());
        a.disconnect();
        assertThat(a.localAddress()).isEqualTo(own);
    }

    @Test
    void aSocketMayBeConnectedToAnotherPeer() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        NonBlockingDatagramSocket c = bound();
        a.connect(b.localAddress());
        a.connect(c.localAddress());
        send(a, "for c", null);
        assertThat(receive(c)).isEqualTo("for c");
    }

    @Test
    void nobodyThereIsAPortUnreachableExceptionAndLifeGoesOn() throws IOException {
        SocketAddress address = new InetSocketAddress("127.0.0.1", FreePort.next());
        NonBlockingDatagramSocket a = bound();
        a.connect(address);
        send(a, "anybody?", null);
        assertThatThrownBy(() -> receive(a))
                .isInstanceOf(PortUnreachableException.class)
                .hasMessageContaining("ECONNREFUSED")
                .hasMessageContaining(text(address));
        NonBlockingDatagramSocket heir = openDatagram(StandardProtocolFamily.INET);
        heir.bind(address);
        send(a, "and now?", null);
        assertThat(receive(heir)).isEqualTo("and now?");
    }

    @Test
    void toNobodyWithoutAConnectionIsLostWithoutAWord() throws IOException {
        SocketAddress address = new InetSocketAddress("127.0.0.1", FreePort.next());
        NonBlockingDatagramSocket a = bound();
        send(a, "anybody?", address);
        assertThat(isSilent(a)).isTrue();
        send(a, "me", a.localAddress());
        assertThat(receive(a)).isEqualTo("me");
    }

    // ---- binding, options -----------------------------------------------------------------------------------------

    @Test
    void anAddressInUseIsABindExceptionWithTheAddress() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = openDatagram(StandardProtocolFamily.INET);
        assertThatThrownBy(() -> b.bind(a.localAddress()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("EADDRINUSE")
                .hasMessageContaining(text(a.localAddress()));
        assertThatThrownBy(() -> a.bind(ANY_PORT)).isInstanceOf(BindException.class);
    }

    @Test
    void tcpAndUdpHavePortsOfTheirOwn() throws IOException {
        SocketAddress address = new InetSocketAddress("127.0.0.1", FreePort.next());
        NonBlockingSocket listener = open();
        listener.bind(address);
        listener.listen(1);
        NonBlockingDatagramSocket socket = openDatagram(StandardProtocolFamily.INET);
        socket.bind(address);
        assertThat(socket.localAddress()).isEqualTo(listener.localAddress());
        listener.close();
    }

    @Test
    void aFreshSocketIsNotBound() throws IOException {
        NonBlockingDatagramSocket socket = openDatagram(StandardProtocolFamily.INET);
        assertThat(socket.localAddress()).isNull();
        assertThat(socket.remoteAddress()).isNull();
        assertThat(socket.sender()).isNull();
        assertThat(socket.takeError()).isNull();
    }

    @Test
    void optionsAreWhatTheyWereSetTo() throws IOException {
        for (StandardProtocolFamily family :
                new StandardProtocolFamily[] {StandardProtocolFamily.INET, StandardProtocolFamily.INET6}) {
            if (family == StandardProtocolFamily.INET6) {
                assumeIpv6();
            }
            NonBlockingDatagramSocket socket = openDatagram(family);
            assertThat(socket.getOption(StandardSocketOptions.SO_BROADCAST)).isFalse();
            assertThat(socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(1);
            assertThat(socket.getOption(StandardSocketOptions.IP_MULTICAST_LOOP))
                    .isTrue();
            socket.setOption(StandardSocketOptions.SO_BROADCAST, true);
            socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 7);
            socket.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            socket.setOption(StandardSocketOptions.SO_SNDBUF, 32 * 1024);
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 24 * 1024);
            assertThat(socket.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
            assertThat(socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(7);
            assertThat(socket.getOption(StandardSocketOptions.IP_MULTICAST_LOOP))
                    .isFalse();
            assertThat(socket.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
            assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(32 * 1024);
            assertThat(socket.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(24 * 1024);
            assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 256))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anOptionOfStreamsIsUnsupported() throws IOException {
        NonBlockingDatagramSocket socket = openDatagram(StandardProtocolFamily.INET);
        assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> socket.getOption(StandardSocketOptions.SO_KEEPALIVE))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aMisuseIsRefused() throws IOException {
        NonBlockingDatagramSocket socket = bound();
        assertThatThrownBy(() -> send(socket, "x", InetSocketAddress.createUnresolved("nowhere.invalid", 1)))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> send(socket, "x", new InetSocketAddress("::1", 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> socket.tryRecvFrom(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
        send(socket, "me", socket.localAddress());
        assertThat(receive(socket)).isEqualTo("me");
    }

    // ---- readiness, ending ----------------------------------------------------------------------------------------

    @Test
    void eachArrivalIsReportedAfterItWasDrained() throws IOException {
        NonBlockingDatagramSocket a = bound();
        NonBlockingDatagramSocket b = bound();
        for (int i = 0; i < 3; i++) {
            assertThat(isSilent(b)).isTrue();
            forget(b);
            send(a, "x" + i, b.localAddress());
            assertThat(receive(b)).isEqualTo("x" + i);
        }
    }

    @Test
    void aFreshSocketIsWritable() throws IOException {
        NonBlockingDatagramSocket socket = bound();
        kernel.poller().interest(socket, READABLE | WRITABLE);
        for (int polls = 0; polls < 100 && !isReported(socket, WRITABLE); polls++) {
            poll();
        }
        assertThat(isReported(socket, WRITABLE)).isTrue();
    }

    @Test
    void nothingWorksAfterClose() throws IOException {
        NonBlockingDatagramSocket socket = bound();
        SocketAddress address = socket.localAddress();
        close(socket);
        socket.close();
        assertThat(socket.isOpen()).isFalse();
        assertThat(socket.localAddress()).isNull();
        assertThatThrownBy(() -> socket.tryRecvFrom(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> send(socket, "x", address)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> socket.bind(ANY_PORT)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> socket.connect(address)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(socket::disconnect).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void closingTheKernelClosesItsDatagramSockets() throws IOException {
        NonBlockingDatagramSocket socket = bound();
        kernel.close();
        assertThat(socket.isOpen()).isFalse();
    }

    @Test
    void aReceiveThatFindsNothingWouldBlock() throws IOException {
        assertThat(bound().tryRecvFrom(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
    }
}
