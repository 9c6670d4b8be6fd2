package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import org.junit.jupiter.api.Test;

/** Goal: options are what they were set to, before and after the connection. Method: {@link KernelContract}. */
class KernelOptionsTest extends KernelContract {
    /** One that no socket has. */
    private enum Unknown implements SocketOption<Boolean> {
        OPTION;

        @Override
        public Class<Boolean> type() {
            return Boolean.class;
        }
    }

    private static void assertSets(NonBlockingSocket socket) throws IOException {
        for (boolean on : new boolean[] {true, false, true}) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, on);
            assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isEqualTo(on);
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, on);
            assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isEqualTo(on);
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, on);
            assertThat(socket.getOption(StandardSocketOptions.SO_REUSEADDR)).isEqualTo(on);
        }
        socket.setOption(StandardSocketOptions.SO_SNDBUF, 32 * 1024);
        assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(32 * 1024);
        socket.setOption(StandardSocketOptions.SO_RCVBUF, 24 * 1024);
        assertThat(socket.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(24 * 1024);
        socket.setOption(StandardSocketOptions.SO_LINGER, 7);
        assertThat(socket.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(7);
        socket.setOption(StandardSocketOptions.SO_LINGER, -1);
        assertThat(socket.getOption(StandardSocketOptions.SO_LINGER)).isNegative();
    }

    @Test
    void aFreshSocketTakesOptions() throws IOException {
        assertSets(open());
    }

    @Test
    void aConnectedSocketTakesOptions() throws IOException {
        Pair pair = pair();
        assertSets(pair.client().socket);
        assertSets(pair.server().socket);
    }

    @Test
    void whatWasSetBeforeTheConnectHoldsAfterIt() throws IOException {
        Watched listener = listener();
        NonBlockingSocket client = open();
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        driver.connect(client, listener.socket.localAddress());
        assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(client.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
    }

    @Test
    void freshSocketsHaveTheDefaultsOfTheSystem() throws IOException {
        NonBlockingSocket socket = open();
        assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
        assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
        assertThat(socket.getOption(StandardSocketOptions.SO_LINGER)).isNegative();
        assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isPositive();
        assertThat(socket.getOption(StandardSocketOptions.SO_RCVBUF)).isPositive();
    }

    @Test
    void acceptedConnectionsInheritWhatTheListenerWasTold() throws IOException {
        NonBlockingSocket socket = open();
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.bind(ANY_PORT);
        socket.setOption(StandardSocketOptions.SO_SNDBUF, 48 * 1024);
        socket.listen(4);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        NonBlockingSocket accepted = pair(driver.watch(socket)).server().socket;
        assertThat(accepted.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(accepted.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        assertThat(accepted.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(48 * 1024);
    }

    @Test
    void reuseOfTheAddressSurvivesListen() throws IOException {
        NonBlockingSocket socket = open();
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        socket.bind(ANY_PORT);
        socket.listen(1);
        assertThat(socket.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
    }

    @Test
    void anUnknownOptionIsUnsupported() throws IOException {
        NonBlockingSocket stream = open();
        NonBlockingSocket listener = listener().socket;
        for (NonBlockingSocket socket : new NonBlockingSocket[] {stream, listener}) {
            assertThatThrownBy(() -> socket.setOption(Unknown.OPTION, true))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> socket.getOption(Unknown.OPTION))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void anOptionOfDatagramsIsUnsupportedOnAStream() throws IOException {
        NonBlockingSocket socket = open();
        assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.SO_BROADCAST, true))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void anOptionOfTcpIsUnsupportedOnAUnixSocket() throws IOException {
        NonBlockingSocket socket = kernel.openStream(StandardProtocolFamily.UNIX);
        assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(UnsupportedOperationException.class);
        socket.setOption(StandardSocketOptions.SO_SNDBUF, 32 * 1024);
        assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(32 * 1024);
    }

    @Test
    void aSizeBelowZeroIsRefused() throws IOException {
        NonBlockingSocket socket = open();
        assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.SO_SNDBUF, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.SO_RCVBUF, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
