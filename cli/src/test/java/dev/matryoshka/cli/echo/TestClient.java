package dev.matryoshka.cli.echo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Plain blocking java.net, so that nothing of ours tests itself. */
public final class TestClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;

    /** Connects. */
    public TestClient(InetSocketAddress server) throws IOException {
        socket = new Socket(server.getAddress(), server.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
    }

    /** Sends text. */
    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes. */
    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Receives so many bytes, or what comes before the end. */
    public String receive(int byteCount) throws IOException {
        return new String(socket.getInputStream().readNBytes(byteCount), StandardCharsets.ISO_8859_1);
    }

    /** Receives so many bytes, or what comes before the end. */
    public byte[] receiveBytes(int byteCount) throws IOException {
        return socket.getInputStream().readNBytes(byteCount);
    }

    /** Receives until the end. */
    public String receiveAll() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Whether the end of the stream is next. */
    public boolean atEnd() throws IOException {
        return socket.getInputStream().read() < 0;
    }

    /** Ends the sending direction. */
    public void endSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends the connection with a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
