package dev.matryoshka.cli.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** The other end of a proxy: a plain java.net listener, so that nothing of ours tests itself. */
final class Target implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final ServerSocket listener = new ServerSocket(0, 300, InetAddress.ofLiteral("127.0.0.1"));

    Target() throws IOException {
        listener.setSoTimeout(TIMEOUT_MILLIS);
    }

    SocketAddress address() {
        return listener.getLocalSocketAddress();
    }

    Socket accept() throws IOException {
        Socket socket = listener.accept();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    static String receive(Socket socket, int byteCount) throws IOException {
        return new String(socket.getInputStream().readNBytes(byteCount), StandardCharsets.ISO_8859_1);
    }

    static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
