package dev.matryoshka.regression;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.posix.PosixSocket;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Native;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.PipeEnd;
import dev.matryoshka.transport.ReadPipe;
import dev.matryoshka.transport.Server;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Some bytes a receive does not go past, though more lie behind them: an urgent byte, and bytes that descriptors came with. A
 * channel that took the short receive for a drained socket left the rest lying until the peer sent again. Goal: it is read at
 * once, and the barrier itself is no part of the stream. Method: a peer that sends before, at and behind the barrier while the
 * loop does not poll, so that all is one edge.
 */
@ExtendWith(LeakCheck.class)
class BarrierTest {
    @TempDir
    Path directory;

    @BeforeEach
    void onlyOnEpoll() {
        assumeTrue(EpollProvider.whyUnavailable() == null, String.valueOf(EpollProvider.whyUnavailable()));
    }

    /** What stops a receive. */
    enum Barrier {
        URGENT_BYTE(StandardProtocolFamily.INET, "abcdef"),
        URGENT_UNIX_BYTE(StandardProtocolFamily.UNIX, "abcdef"),
        DESCRIPTORS(StandardProtocolFamily.UNIX, "abc!def");

        final StandardProtocolFamily family;

        /** What is to be read. */
        final String text;

        Barrier(StandardProtocolFamily family, String text) {
            this.family = family;
            this.text = text;
        }

        void send(NonBlockingSocket peer) throws Exception {
            write(peer, "abc");
            send(peer, '!');
            write(peer, "def");
        }

        private static void write(NonBlockingSocket peer, String text) throws Exception {
            assertThat(peer.trySend(ByteBuffer.wrap(text.getBytes(US_ASCII)))).isEqualTo(3);
        }

        private void send(NonBlockingSocket peer, char what) {
            int fd = ((PosixSocket) peer).descriptor();
            if (this == DESCRIPTORS) {
                Native.sendDescriptor(fd, String.valueOf(what), fd);
            } else {
                assumeTrue(Native.sendUrgent(fd, what), "no urgent data on sockets of family " + family);
            }
        }
    }

    private SocketAddress address(Barrier barrier) {
        return barrier.family == StandardProtocolFamily.UNIX
                ? UnixDomainSocketAddress.of(directory.resolve("s"))
                : new InetSocketAddress("127.0.0.1", 0);
    }

    private static NonBlockingSocket connect(TestLoop on, SocketAddress listener, StandardProtocolFamily family)
            throws Exception {
        NonBlockingSocket peer = on.kernel.openStream(family);
        if (!peer.tryConnect(listener)) {
            on.within("a raw peer to connect", () -> {
                while (!peer.finishConnect()) {
                    on.passes(1);
                }
                return peer;
            });
        }
        return peer;
    }

    @ParameterizedTest
    @EnumSource(Barrier.class)
    void aSocketReadsPastIt(Barrier barrier) throws Exception {
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                try (AsyncSocket listener = on.loop.openSocket(barrier.family)) {
                    listener.bind(address(barrier));
                    listener.listen(1);
                    NonBlockingSocket peer = connect(on, listener.localAddress(), barrier.family);
                    try (AsyncSocket socket = listener.accept()) {
                        barrier.send(peer);
                        StringBuilder all = new StringBuilder();
                        String read = on.within("all that was sent", () -> {
                            while (all.length() < barrier.text.length()) {
                                all.append(new String(socket.recv(100), US_ASCII));
                            }
                            return all.toString();
                        });
                        assertThat(read).isEqualTo(barrier.text);
                    } finally {
                        peer.close();
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Barrier.class)
    void aProtocolHearsWhatLiesBehindIt(Barrier barrier) throws Exception {
        Recorder recorder = new Recorder();
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                Server server = barrier.family == StandardProtocolFamily.UNIX
                        ? on.loop.createUnixServer(() -> recorder, directory.resolve("s"))
                        : on.loop.createServer(() -> recorder, "127.0.0.1", 0);
                NonBlockingSocket peer = connect(on, server.addresses().getFirst(), barrier.family);
                on.until("made", recorder.heard::isMade);
                server.close();
                barrier.send(peer);
                on.until("all is read", () -> recorder.heard.count() == barrier.text.length());
                assertThat(recorder.heard.text()).isEqualTo(barrier.text);
                on.assertQuiet();
                barrier.send(peer);
                peer.shutdownOutput();
                on.until("lost", recorder.heard::isLost);
                assertThat(recorder.heard.text()).isEqualTo(barrier.text.repeat(2));
                assertThat(recorder.heard.reason()).isNull();
                peer.close();
            });
        }
    }

    @Test
    void aSocketThatIsReadAsAPipeIsReadPastDescriptors() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                int[] pair = Native.socketPair();
                ReadPipe<Recorder> pipe = on.loop.connectReadPipe(Recorder::new, PipeEnd.descriptor(pair[0]));
                Native.sendDescriptor(pair[1], "abc", pair[1]);
                Native.write(pair[1], "def");
                on.until("all is read", () -> pipe.protocol().heard.text().equals("abcdef"));
                on.assertQuiet();
                Native.close(pair[1]);
                on.until("the end", pipe.protocol().heard::isLost);
            });
        }
    }
}
