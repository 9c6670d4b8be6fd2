package dev.matryoshka.kernel.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.ResourceExhaustedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: each error becomes the exception that its caller can act on, with words a human can. Method: the table. */
class ErrnoTest {
    @ParameterizedTest
    @CsvSource({
        "ECONNREFUSED, CONNECT, java.net.ConnectException",
        "ETIMEDOUT,    CONNECT, java.net.ConnectException",
        "ENETUNREACH,  CONNECT, java.net.ConnectException",
        "EADDRNOTAVAIL,CONNECT, java.net.ConnectException",
        "EAGAIN,       CONNECT, java.net.ConnectException",
        "ENOENT,       CONNECT, java.net.ConnectException",
        "EHOSTUNREACH, CONNECT, java.net.NoRouteToHostException",
        "EADDRINUSE,   BIND,    java.net.BindException",
        "EADDRNOTAVAIL,BIND,    java.net.BindException",
        "EACCES,       BIND,    java.net.BindException",
        "ENAMETOOLONG, BIND,    java.net.BindException",
        "EADDRINUSE,   LISTEN,  java.net.BindException",
        "EINVAL,       LISTEN,  java.net.SocketException",
        "ECONNABORTED, ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "EPROTO,       ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "ENETDOWN,     ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "ENOPROTOOPT,  ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "EHOSTDOWN,    ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "ENONET,       ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "EHOSTUNREACH, ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "EOPNOTSUPP,   ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "ENETUNREACH,  ACCEPT,  dev.matryoshka.kernel.AcceptAbortedException",
        "EPERM,        ACCEPT,  java.net.SocketException",
        "EINVAL,       ACCEPT,  java.net.SocketException",
        "ECONNRESET,   RECEIVE, java.net.SocketException",
        "ETIMEDOUT,    RECEIVE, java.net.SocketException",
        "EPIPE,        SEND,    java.net.SocketException",
        "ECONNRESET,   SEND,    java.net.SocketException",
        "EHOSTUNREACH, CONNECTION, java.net.SocketException",
        "ENOPROTOOPT,  OPTION,  java.net.SocketException",
        "ENOSPC,       WATCH,   java.io.IOException",
        "EBADF,        POLL,    java.io.IOException",
    })
    void eachErrorBecomesTheExceptionOfItsOperation(Errno errno, Operation operation, Class<?> expected) {
        assertThat(Errno.exception(errno.number, operation, null)).isExactlyInstanceOf(expected);
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void exhaustionIsExhaustionWhateverWasAsked(Operation operation) {
        for (Errno errno : new Errno[] {Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM}) {
            assertThat(Errno.exception(errno.number, operation, null)).isInstanceOf(ResourceExhaustedException.class);
        }
    }

    @Test
    void theMessageSaysWhatWasAskedOfWhomAndHowItFailed() {
        IOException refused = Errno.exception(111, Operation.CONNECT, new InetSocketAddress("127.0.0.1", 9));
        assertThat(refused).hasMessage("connect to 127.0.0.1:9: Connection refused (ECONNREFUSED)");
        assertThat(Errno.exception(98, Operation.BIND, UnixDomainSocketAddress.of("/run/echo")))
                .hasMessage("bind to /run/echo: Address already in use (EADDRINUSE)");
        assertThat(Errno.exception(32, Operation.SEND, UnixDomainSocketAddress.of("")))
                .hasMessage("send to an unnamed socket: Broken pipe (EPIPE)");
        assertThat(Errno.exception(104, Operation.RECEIVE, null))
                .hasMessage("receive from a socket: Connection reset by peer (ECONNRESET)");
    }

    @Test
    void aNumberWithoutANameIsStillAnError() {
        assertThat(Errno.of(4711)).isNull();
        assertThat(Errno.of(-1)).isNull();
        assertThat(Errno.of(0)).isNull();
        assertThat(Errno.exception(4711, Operation.SEND, new InetSocketAddress("127.0.0.1", 9)))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("send to 127.0.0.1:9: errno 4711");
    }

    @Test
    void eachNumberHasOneName() {
        for (Errno errno : Errno.values()) {
            assertThat(Errno.of(errno.number)).isSameAs(errno);
        }
    }
}
