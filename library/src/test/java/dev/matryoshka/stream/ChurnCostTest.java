package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.matryoshka.EventLoop;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Tasks;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: what a short connection costs its server: connect, one echo, close by the client. Method: system calls and bytes
 * allocated are counted, which has no noise; the clients are sockets of the JDK on another thread, one after another.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChurnCostTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final int MESSAGE_BYTES = 64;
    private static final int COUNTED = 200;

    /** For the compiler to get its turn, on a machine that is busy with other things. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** An echo server on each doll; it counts the connections that have ended. */
    private enum Doll {
        PROTOCOL(1_000) {
            @Override
            Served serve(EventLoop loop) throws Exception {
                int[] ended = {0};
                Server server = loop.createServer(() -> new Echo(ended), "127.0.0.1", 0);
                return new Served(server.port(), () -> ended[0], () -> endServer(server));
            }
        },
        BUFFERED(1_000) {
            @Override
            Served serve(EventLoop loop) throws Exception {
                int[] ended = {0};
                ByteBuffer memory = ByteBuffer.allocateDirect(1024);
                Server server = loop.createServer(() -> new BufferedEcho(memory, ended), "127.0.0.1", 0);
                return new Served(server.port(), () -> ended[0], () -> endServer(server));
            }
        },
        STREAM(2_600) {
            @Override
            Served serve(EventLoop loop) throws Exception {
                int[] ended = {0};
                StreamHandler handler = (reader, writer) -> {
                    for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
                        writer.write(data);
                    }
                    ended[0]++;
                };
                Server server = loop.startServer(handler, "127.0.0.1", 0);
                return new Served(server.port(), () -> ended[0], () -> endServer(server));
            }
        },
        SOCKET(2_800) {
            @Override
            Served serve(EventLoop loop) throws Exception {
                int[] ended = {0};
                ByteBuffer memory = ByteBuffer.allocateDirect(1024);
                AsyncSocket listener = loop.openSocket(StandardProtocolFamily.INET);
                listener.bind(new InetSocketAddress(HERE, 0));
                listener.listen();
                var accepting = loop.createTask("accept", () -> {
                    while (true) {
                        AsyncSocket accepted = listener.accept();
                        loop.createTask(() -> echo(accepted, memory, ended));
                    }
                });
                int port = ((InetSocketAddress) listener.localAddress()).getPort();
                return new Served(port, () -> ended[0], () -> {
                    accepting.cancel();
                    listener.close();
                });
            }
        };

        /** What one connection may allocate; measured in CI, where the coverage agent costs some inlining, and a quarter more. */
        final int bytesMax;

        Doll(int bytesMax) {
            this.bytesMax = bytesMax;
        }

        abstract Served serve(EventLoop loop) throws Exception;
    }

    private record Served(int port, IntSupplier ended, End end) {}

    private interface End {
        void run() throws Exception;
    }

    private static void endServer(Server server) throws InterruptedException {
        server.close();
        server.waitClosed();
    }

    private static final class Echo implements Protocol {
        private final int[] ended;
        private Transport transport;

        Echo(int[] ended) {
            this.ended = ended;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }

        @Override
        public void connectionLost(Throwable exception) {
            ended[0]++;
        }
    }

    private static final class BufferedEcho implements BufferedProtocol {
        private final ByteBuffer memory;
        private final int[] ended;
        private Transport transport;

        BufferedEcho(ByteBuffer memory, int[] ended) {
            this.memory = memory;
            this.ended = ended;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return memory.clear();
        }

        @Override
        public void bufferUpdated(int byteCount) {
            transport.write(memory.flip());
        }

        @Override
        public void connectionLost(Throwable exception) {
            ended[0]++;
        }
    }

    private static void echo(AsyncSocket socket, ByteBuffer memory, int[] ended) throws Exception {
        try (socket) {
            while (socket.recvInto(memory.clear()) >= 0) {
                socket.sendAll(memory.flip());
            }
        }
        ended[0]++;
    }

    /** On a thread of its own: one connection after another. */
    private static boolean churn(int port, int connections) throws IOException {
        byte[] message = new byte[MESSAGE_BYTES];
        for (int i = 0; i < connections; i++) {
            try (Socket client = new Socket(HERE, port)) {
                client.getOutputStream().write(message);
                if (client.getInputStream().readNBytes(MESSAGE_BYTES).length < MESSAGE_BYTES) {
                    throw new IOException("the server ended it first");
                }
            }
        }
        return true;
    }

    /** In a task: so many connections, from their beginnings to their ends at the server. */
    private static void serve(TestLoop on, Served served, int connections) throws Exception {
        int goal = served.ended.getAsInt() + connections;
        Tasks.await(on.loop.runInExecutor(() -> churn(served.port, connections)));
        on.until("all have ended", () -> served.ended.getAsInt() == goal);
        on.passes(2);
    }

    @ParameterizedTest
    @EnumSource
    void aShortConnectionCostsSixSystemCallsBesideItsShareOfPolls(Doll doll) throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop testLoop = TestLoop.over(Net.EPOLL)) {
            testLoop.run(() -> {
                Served served = doll.serve(testLoop.loop);
                serve(testLoop, served, 10);
                SystemCalls before = testLoop.calls();
                serve(testLoop, served, COUNTED);
                SystemCalls spent = testLoop.calls().since(before);
                assertThat(spent.accept).as("accepts, none in vain").isEqualTo(COUNTED);
                assertThat(spent.control).as("epoll_ctl").isEqualTo(COUNTED);
                assertThat(spent.recv).as("receives: the message, the end").isEqualTo(2 * COUNTED);
                assertThat(spent.send + spent.sendGather).as("sends").isEqualTo(COUNTED);
                assertThat(spent.close).as("closes").isEqualTo(COUNTED);
                assertThat(spent.open).isZero();
                served.end.run();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void aShortConnectionAllocatesLittle(Doll doll) throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long loopThread = Thread.currentThread().threadId();
        try (TestLoop testLoop = TestLoop.unchecked(Net.EPOLL.provider())) {
            testLoop.run(() -> {
                Served served = doll.serve(testLoop.loop);
                double least = Double.MAX_VALUE;
                long began = System.nanoTime();
                while (least > doll.bytesMax && System.nanoTime() - began < PATIENCE_NANOS) {
                    long before = threads.getThreadAllocatedBytes(loopThread);
                    serve(testLoop, served, 1_000);
                    least = Math.min(least, (threads.getThreadAllocatedBytes(loopThread) - before) / 1_000.0);
                }
                assertThat(least).as("bytes allocated per connection").isLessThanOrEqualTo(doll.bytesMax);
                served.end.run();
            });
        }
    }
}
