package dev.matryoshka.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;

/**
 * The other end of a connection, without a transport: reads only when told to, half-closes, resets. In a task of the loop
 * whose kernel it is of; what it has to wait for it waits for in passes.
 */
public final class Peer implements AutoCloseable {
    private final TestLoop on;
    private final NonBlockingSocket socket;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    private boolean eof;
    private IOException broken;

    private Peer(TestLoop on, NonBlockingSocket socket) {
        this.on = on;
        this.socket = socket;
    }

    public static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    public static Peer connect(TestLoop on, int port) throws Exception {
        return connect(on, port, 0);
    }

    /** @param receiveBytes SO_RCVBUF, or 0 for the system's */
    public static Peer connect(TestLoop on, int port, int receiveBytes) throws Exception {
        NonBlockingSocket socket = on.kernel.openStream(StandardProtocolFamily.INET);
        if (receiveBytes > 0) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, receiveBytes);
        }
        if (!socket.tryConnect(loopback(port))) {
            on.until("a raw peer is connected", () -> finishConnect(socket));
        }
        return new Peer(on, socket);
    }

    /** Sets out to connect, and waits for nothing. */
    public static Peer begin(TestLoop on, int port) throws IOException {
        NonBlockingSocket socket = on.kernel.openStream(StandardProtocolFamily.INET);
        socket.tryConnect(loopback(port));
        return new Peer(on, socket);
    }

    private static boolean finishConnect(NonBlockingSocket socket) {
        try {
            return socket.finishConnect();
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    public NonBlockingSocket socket() {
        return socket;
    }

    public void send(String text) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
        on.until("the peer has sent " + text.length() + " bytes", () -> {
            try {
                socket.trySend(bytes);
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
            return !bytes.hasRemaining();
        });
    }

    /** Sends what goes and does not mind. */
    public int trySend(ByteBuffer bytes) throws IOException {
        return socket.trySend(bytes);
    }

    /** Takes what is there now. */
    public Peer read() {
        while (!eof && broken == null) {
            try {
                int count = socket.tryRecv(buffer.clear());
                if (count == NonBlockingSocket.WOULD_BLOCK) {
                    break;
                }
                eof = count == NonBlockingSocket.EOF;
                received.write(buffer.array(), 0, Math.max(count, 0));
            } catch (IOException failed) {
                broken = failed;
            }
        }
        return this;
    }

    /** Reads until so many bytes are there in all. */
    public byte[] readUntil(int byteCount) throws InterruptedException {
        on.until("the peer has " + byteCount + " bytes", () -> read().received.size() >= byteCount);
        return received.toByteArray();
    }

    /** Reads until the other side has ended its direction, and answers all that came. */
    public byte[] readToEof() throws InterruptedException {
        on.until("the peer reads EOF", () -> read().eof || broken != null);
        if (broken != null) {
            throw new AssertionError("instead of EOF", broken);
        }
        return received.toByteArray();
    }

    /** All that was read so far, a character per byte. */
    public String text() {
        return received.toString(ISO_8859_1);
    }

    public int count() {
        return received.size();
    }

    public boolean isEof() {
        return eof;
    }

    /** The error that reading ended with, or null. */
    public IOException broken() {
        return broken;
    }

    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends with RST. */
    public void reset() throws IOException {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        socket.close();
    }

    @Override
    public void close() {
        socket.close();
    }
}
