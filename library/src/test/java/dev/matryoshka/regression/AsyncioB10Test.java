package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B10, gh-155934, gh-153133: when the factory of a protocol failed, asyncio leaked the descriptor and, but for debug mode, said
 * nothing. Goal: the connection is closed, the failure is told with its context, the next connection is served. Method: a
 * factory that throws, one that answers null, and a poller that refuses the socket, each once.
 */
@Proves({"B10", "S-38"})
@ExtendWith(LeakCheck.class)
class AsyncioB10Test {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFactoryThatThrowsCostsItsConnectionOnly(Net net) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Recorder second = new Recorder();
        ExceptionContext told = serveTwo(TestLoop.over(net), second, () -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalArgumentException("no protocol today");
            }
            return second;
        });
        assertThat(told.message()).isEqualTo("Error on transport creation for incoming connection");
        assertThat(told.exception()).hasMessage("no protocol today");
        assertThat(told.details()).containsKey("server");
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFactoryThatAnswersNullCostsItsConnectionOnly(Net net) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Recorder second = new Recorder();
        ExceptionContext told =
                serveTwo(TestLoop.over(net), second, () -> calls.incrementAndGet() == 1 ? null : second);
        assertThat(told.exception())
                .isInstanceOf(NullPointerException.class)
                .hasMessage("the protocol factory returned null");
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anErrorOfTheFactoryIsToldToo(Net net) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Recorder second = new Recorder();
        ExceptionContext told = serveTwo(TestLoop.over(net), second, () -> {
            if (calls.incrementAndGet() == 1) {
                throw new AssertionError("broken");
            }
            return second;
        });
        assertThat(told.exception()).isInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSocketThatCannotBeWatchedIsClosedAndTold(Net net) throws Exception {
        AtomicInteger registrations = new AtomicInteger();
        Recorder second = new Recorder();
        TestLoop on = TestLoop.over(Tampered.provider(net.provider(), (method, arguments) -> {
            boolean first = method.equals("register") && registrations.incrementAndGet() == 2; // after the listener's
            return first ? new IOException("watch descriptor: No space left on device (ENOSPC)") : null;
        }));
        ExceptionContext told = serveTwo(on, second, () -> second.heard.isMade() ? new Recorder() : second);
        assertThat(told.exception()).hasMessageContaining("ENOSPC");
    }

    /** Two connections, the first of which must be closed; answers what was told of it. */
    private static ExceptionContext serveTwo(TestLoop loop, Recorder second, Supplier<? extends Protocol> factory)
            throws Exception {
        try (TestLoop on = loop) {
            return on.call(() -> {
                Server server = on.loop.createServer(factory, "127.0.0.1", 0);
                try (Peer refused = Peer.connect(on, server.port())) {
                    assertThat(refused.readToEof()).isEmpty();
                }
                assertThat(server.clientCount()).isZero();
                assertThat(server.isServing()).isTrue();
                try (Peer served = Peer.connect(on, server.port())) {
                    on.until("the second is served", second.heard::isMade);
                    served.shutdownOutput();
                    assertThat(served.readToEof()).isEmpty();
                }
                server.close();
                server.waitClosed();
                var reported = on.reported();
                assertThat(reported).hasSize(1);
                return reported.getFirst();
            });
        }
    }
}
