package dev.matryoshka.benchmarks.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A peer: blocking java.net, a virtual thread of the JDK per connection. */
final class VirtualThreadsEcho implements PeerServer {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ServerSocket listener = new ServerSocket();

    VirtualThreadsEcho(InetSocketAddress address) throws IOException {
        listener.bind(address, BACKLOG);
    }

    @Override
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void serve() throws IOException {
        while (!listener.isClosed()) {
            Socket socket;
            try {
                socket = listener.accept();
            } catch (IOException failed) {
                if (listener.isClosed()) {
                    return;
                }
                throw failed;
            }
            Thread.startVirtualThread(() -> echo(socket));
        }
    }

    private static void echo(Socket accepted) {
        try (Socket socket = accepted) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count; (count = in.read(buffer)) >= 0; ) {
                out.write(buffer, 0, count);
            }
        } catch (IOException broken) {
            // the peer has gone; there is nobody to tell
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
