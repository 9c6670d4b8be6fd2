package dev.matryoshka.kernel.nio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.kernel.nio.NioError.Call;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the JDK's words become the types and names of the seam. Method: the words that JDK 25 and the C libraries of Linux, macOS and
 * Windows use, one by one.
 */
class NioErrorTest {
    private static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 80);

    @ParameterizedTest
    @CsvSource({
        "Broken pipe, EPIPE",
        "Connection reset, ECONNRESET",
        "Connection reset by peer, ECONNRESET",
        "An existing connection was forcibly closed by the remote host, ECONNRESET",
        "Connection refused, ECONNREFUSED",
        "Connection refused: getsockopt, ECONNREFUSED",
        "Connection timed out, ETIMEDOUT",
        "Operation timed out, ETIMEDOUT",
        "Network is unreachable, ENETUNREACH",
        "No route to host, EHOSTUNREACH",
        "Address already in use, EADDRINUSE",
        "Address already in use: bind, EADDRINUSE",
        "Cannot assign requested address, EADDRNOTAVAIL",
        "Can't assign requested address, EADDRNOTAVAIL",
        "Permission denied, EACCES",
        "Too many open files, EMFILE",
        "Too many open files in system, ENFILE",
        "No buffer space available, ENOBUFS",
        "Cannot allocate memory, ENOMEM",
        "Unix domain path too long, ENAMETOOLONG",
        "No such file or directory, ENOENT",
        "Transport endpoint is not connected, ENOTCONN",
    })
    void wordsAreRecognised(String words, NioError error) {
        assertThat(NioError.of(new IOException(words))).isEqualTo(error);
    }

    @Test
    void unknownWordsArePassedOnWithTheTypeOfTheCall() {
        IOException translated = NioError.translate(new IOException("Verbindung abgelehnt"), Call.CONNECT, PEER);
        assertThat(translated)
                .isInstanceOf(ConnectException.class)
                .hasMessage("connect to 127.0.0.1:80: Verbindung abgelehnt");
        assertThat(NioError.translate(new IOException(), Call.SEND, null))
                .isInstanceOf(SocketException.class)
                .hasMessage("send to a socket: null");
    }

    @Test
    void theMessageNamesCallAddressAndErrnoAndTheCauseIsTheJdks() {
        IOException jdks = new ConnectException("Connection refused");
        assertThat(NioError.translate(jdks, Call.CONNECT, PEER))
                .isExactlyInstanceOf(ConnectException.class)
                .hasMessage("connect to 127.0.0.1:80: Connection refused (ECONNREFUSED)")
                .hasCause(jdks);
        assertThat(NioError.translate(new IOException("Broken pipe"), Call.SEND, UnixDomainSocketAddress.of("")))
                .hasMessage("send to an unnamed socket: Broken pipe (EPIPE)");
    }

    @Test
    void exhaustionIsTheSameInEveryCall() {
        for (Call call : Call.values()) {
            for (String words : new String[] {"Too many open files", "Too many open files in system"}) {
                assertThat(NioError.translate(new SocketException(words), call, PEER))
                        .as("%s: %s", call, words)
                        .isInstanceOf(ResourceExhaustedException.class);
            }
        }
    }

    @Test
    void theTypeFollowsTheCall() {
        assertType(Call.BIND, "Permission denied", BindException.class);
        assertType(Call.LISTEN, "Address already in use", BindException.class);
        assertType(Call.LISTEN, "Invalid argument", SocketException.class);
        assertType(Call.CONNECT, "Network is unreachable", ConnectException.class);
        assertType(Call.CONNECT, "No route to host", NoRouteToHostException.class);
        assertType(Call.ACCEPT, "Software caused connection abort", AcceptAbortedException.class);
        assertType(Call.ACCEPT, "Protocol error", AcceptAbortedException.class);
        assertType(Call.ACCEPT, "Invalid argument", SocketException.class);
        assertType(Call.RECEIVE, "Connection reset", SocketException.class);
        assertType(Call.OPTION, "Invalid argument", SocketException.class);
        assertType(Call.OPEN, "Permission denied", IOException.class);
    }

    private static void assertType(Call call, String words, Class<? extends IOException> type) {
        assertThat(NioError.translate(new IOException(words), call, PEER)).isExactlyInstanceOf(type);
    }

    @Test
    void aChannelThatOnlySendsNoMoreIsABrokenPipeAndElsewhereClosedStaysClosed() {
        assertThat(NioError.translate(new AsynchronousCloseException(), Call.SEND, PEER))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageContaining("EPIPE");
        IOException closed = new ClosedChannelException();
        assertThat(NioError.translate(closed, Call.RECEIVE, PEER)).isSameAs(closed);
    }
}
