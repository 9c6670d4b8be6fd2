package dev.matryoshka.testing;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Parks;
import dev.matryoshka.task.Timeout;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection under test, step by step: {@code send}, {@code expect}, {@code expectEof}, {@code reset}. Each
 * step parks the test's task until it has happened; one that does not happen within {@link #withPatience its patience}, on the
 * loop's clock, fails with what came instead. It reads only when told to expect, so a peer that expects nothing is a peer that
 * never reads.
 *
 * <p>Loop thread only, in a task. Works on any loop: on a {@link TestNetwork}, and over real sockets.
 */
public final class ScriptedPeer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SHOWN_CHARS = 200;

    private final AsyncSocket socket;
    private Duration patience = PATIENCE;

    private ScriptedPeer(AsyncSocket socket) {
        this.socket = socket;
    }

    /** Connects to a server under test. */
    @Parks
    public static ScriptedPeer connect(Loop loop, String host, int port) throws IOException, InterruptedException {
        AsyncSocket socket = AsyncSocket.open(loop, StandardProtocolFamily.INET);
        try {
            socket.connect(new InetSocketAddress(host, port));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new ScriptedPeer(socket);
        } catch (IOException | InterruptedException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Listens for a client under test; {@link Door#accept()} is the peer. */
    public static Door listen(Loop loop) throws IOException {
        AsyncSocket socket = AsyncSocket.open(loop, StandardProtocolFamily.INET);
        try {
            socket.bind(new InetSocketAddress("127.0.0.1", 0));
            socket.listen();
            return new Door(socket);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Where clients under test connect to. */
    public static final class Door implements AutoCloseable {
        private final AsyncSocket listener;

        private Door(AsyncSocket listener) {
            this.listener = listener;
        }

        /** The port to connect to, on 127.0.0.1. */
        public int port() {
            InetSocketAddress address = (InetSocketAddress) Objects.requireNonNull(listener.localAddress());
            return address.getPort();
        }

        /** Parks until a client has come. */
        @Parks
        public ScriptedPeer accept() throws IOException, InterruptedException {
            return new ScriptedPeer(listener.accept());
        }

        @Override
        public void close() {
            listener.close();
        }
    }

    /** How long a step may take on the loop's clock; 30 s unless told otherwise. */
    public ScriptedPeer withPatience(Duration longer) {
        patience = longer;
        return this;
    }

    /** Sends a text as UTF-8; returns when the kernel has taken all of it. */
    @Parks
    public ScriptedPeer send(String text) throws Exception {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes; returns when the kernel has taken all of them. */
    @Parks
    public ScriptedPeer send(byte[] bytes) throws Exception {
        this.<@Nullable Void>step("send " + show(bytes, bytes.length), () -> {
            socket.sendAll(bytes);
            return null;
        });
        return this;
    }

    /** Receives exactly this text, in whatever pieces it comes. */
    @Parks
    public ScriptedPeer expect(String text) throws Exception {
        return expect(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Receives exactly these bytes, in whatever pieces they come. */
    @Parks
    public ScriptedPeer expect(byte[] expected) throws Exception {
        byte[] got = receive(expected.length);
        for (int i = 0; i < expected.length; i++) {
            if (got[i] != expected[i]) {
                throw new AssertionError("expected " + show(expected, expected.length) + " but byte " + i + " differs: "
                        + show(got, got.length));
            }
        }
        return this;
    }

    /**
     * Receives a number of bytes.
     *
     * @throws AssertionError the connection ended before
     */
    @Parks
    public byte[] receive(int byteCount) throws Exception {
        ByteBuffer got = ByteBuffer.allocate(byteCount);
        step("receive " + byteCount + " bytes", () -> {
            while (got.hasRemaining()) {
                if (socket.recvInto(got) < 0) {
                    throw new AssertionError("the connection ended after " + got.position() + " of " + byteCount
                            + " bytes: " + show(got.array(), got.position()));
                }
            }
            return got;
        });
        return got.array();
    }

    /** The next thing to be received is the end of the other direction. */
    @Parks
    public ScriptedPeer expectEof() throws Exception {
        byte[] got = step("EOF", () -> socket.recv(1));
        if (got.length > 0) {
            throw new AssertionError("expected EOF but got " + show(got, got.length));
        }
        return this;
    }

    /** The next thing to be received is a reset. */
    @Parks
    public ScriptedPeer expectReset() throws Exception {
        try {
            byte[] got = step("a reset", () -> socket.recv(1));
            throw new AssertionError("expected a reset but got " + (got.length == 0 ? "EOF" : show(got, got.length)));
        } catch (SocketException reset) {
            return this;
        }
    }

    /** Nothing at all comes for some time on the loop's clock. */
    @Parks
    public ScriptedPeer expectSilence(Duration time) throws Exception {
        try {
            byte[] got = Timeout.within(time, () -> socket.recv(1));
            throw new AssertionError("expected silence but got " + (got.length == 0 ? "EOF" : show(got, got.length)));
        } catch (TimeoutException quiet) {
            return this;
        }
    }

    /** Half-close: the other side reads EOF, this one still receives. */
    public ScriptedPeer endOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Ends the connection with a reset instead of a FIN. */
    public void reset() throws IOException {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        socket.close();
    }

    /** Ends the connection. Idempotent; bytes that were not expected make it a reset, as TCP has it. */
    @Override
    public void close() {
        socket.close();
    }

    private <T extends @Nullable Object> T step(String what, Callable<T> body) throws Exception {
        try {
            return Timeout.within(patience, body);
        } catch (TimeoutException late) {
            throw new AssertionError("waited " + patience + " in vain for: " + what, late);
        }
    }

    private static String show(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1)
                .replace("\r", "\\r")
                .replace("\n", "\\n");
        return text.length() <= SHOWN_CHARS
                ? "'" + text + "'"
                : "'" + text.substring(0, SHOWN_CHARS) + "...' (" + length + " bytes)";
    }
}
