package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Goal: the ways a connection ends are told apart, on both sides. Method: {@link KernelContract}. */
class KernelEndingTest extends KernelContract {
    private static final ByteBuffer ROOM = ByteBuffer.allocateDirect(64);

    // ---- good order -----------------------------------------------------------------------------------------------

    @Test
    void endOfStreamIsAnsweredAgainAndAgain() throws IOException {
        Pair pair = pair();
        pair.client().socket.shutdownOutput();
        driver.receiveEof(pair.server());
        NonBlockingSocket server = pair.server().socket;
        assertThat(server.tryRecv(ROOM.clear())).isEqualTo(EOF);
        assertThat(server.tryRecv(ByteBuffer.allocate(1))).isEqualTo(EOF);
        assertThat(server.tryRecv(kernel.allocate(8), 0, 8)).isEqualTo(EOF);
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void theBytesBeforeTheEndComeFirst() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "last words");
        pair.client().socket.shutdownOutput();
        assertThat(driver.receive(pair.server(), 100)).asString().isEqualTo("last words");
        driver.receiveEof(pair.server());
    }

    @Proves({"S-56", "S-12", "S-58"})
    @Test
    void afterTheClientsHalfCloseTheServerStillWrites() throws IOException {
        Pair pair = pair();
        pair.client().socket.shutdownOutput();
        driver.receiveEof(pair.server());
        driver.send(pair.server(), "the answer");
        assertThat(driver.receive(pair.client(), 10)).asString().isEqualTo("the answer");
        pair.server().socket.shutdownOutput();
        driver.receiveEof(pair.client());
    }

    @Test
    void afterTheServersHalfCloseTheClientStillWrites() throws IOException {
        Pair pair = pair();
        pair.server().socket.shutdownOutput();
        driver.receiveEof(pair.client());
        driver.send(pair.client(), "one more thing");
        assertThat(driver.receive(pair.server(), 14)).asString().isEqualTo("one more thing");
        driver.close(pair.client());
        driver.receiveEof(pair.server());
    }

    @Test
    void aHalfCloseMayBeRepeated() throws IOException {
        Pair pair = pair();
        pair.client().socket.shutdownOutput();
        pair.client().socket.shutdownOutput();
        driver.receiveEof(pair.server());
    }

    @Test
    void sendingAfterTheOwnHalfCloseIsABrokenPipeAndNotAUseAfterClose() throws IOException {
        Pair pair = pair();
        pair.client().socket.shutdownOutput();
        assertThatThrownBy(() -> pair.client().socket.trySend(ByteBuffer.allocate(1)))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EPIPE");
        assertThat(pair.client().socket.isOpen()).isTrue();
    }

    @Test
    void closeWithNothingUnreadIsAnEndInGoodOrder() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "bye");
        driver.close(pair.client());
        assertThat(driver.receive(pair.server(), 3)).asString().isEqualTo("bye");
        driver.receiveEof(pair.server());
    }

    @Test
    void afterShutdownOfInputReceivingEnds() throws IOException {
        Pair pair = pair();
        pair.client().socket.shutdownInput();
        assertThat(pair.client().socket.tryRecv(ROOM.clear())).isEqualTo(EOF);
        driver.send(pair.client(), "out is open");
        assertThat(driver.receive(pair.server(), 11)).asString().isEqualTo("out is open");
    }

    @Test
    void shutdownWithoutAConnectionIsIgnored() throws IOException {
        NonBlockingSocket fresh = open();
        fresh.shutdownOutput();
        fresh.shutdownInput();
        assertThat(fresh.isOpen()).isTrue();
    }

    @Test
    void movingBytesWithoutAConnectionIsAnError() throws IOException {
        NonBlockingSocket fresh = open();
        assertThatThrownBy(() -> fresh.tryRecv(ROOM.clear())).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> fresh.trySend(ByteBuffer.allocate(1))).isInstanceOf(SocketException.class);
        assertThat(fresh.isOpen()).isTrue();
    }

    // ---- resets ---------------------------------------------------------------------------------------------------

    private void reset(Watched victim, Watched by) throws IOException {
        assertThat(victim.socket.isOpen()).isTrue();
        by.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        driver.close(by);
    }

    /** Receives, when it is reported, until that fails; end of stream must not come instead. */
    private IOException receiveFailure(Watched victim) throws IOException {
        AtomicReference<IOException> failure = new AtomicReference<>();
        driver.until("a reset of " + victim, () -> {
            try {
                int count = victim.receive(ROOM.clear());
                assertThat(count).as("a reset is no end of stream").isNotEqualTo(EOF);
            } catch (SocketException told) {
                failure.set(told);
            }
            return failure.get() != null;
        });
        return failure.get();
    }

    /** Sends until that fails; the window of a connection that is reset may take some bytes first. */
    private IOException sendFailure(Watched victim) throws IOException {
        AtomicReference<IOException> failure = new AtomicReference<>();
        victim.wanted |= WRITABLE;
        driver.until("a send to " + victim + " fails", () -> {
            try {
                int ignored = victim.send(ByteBuffer.allocate(1));
            } catch (SocketException told) {
                failure.set(told);
            }
            return failure.get() != null;
        });
        return failure.get();
    }

    @Test
    void aReaderHearsOfAReset() throws IOException {
        Pair pair = pair();
        reset(pair.server(), pair.client());
        assertThat(receiveFailure(pair.server()))
                .hasMessageContaining("ECONNRESET")
                .hasMessageContaining(text(pair.server().socket.remoteAddress()));
        assertThat(pair.server().socket.isOpen())
                .as("closing is the owner's duty")
                .isTrue();
    }

    @Test
    void afterTheResetNoBytesMoveInEitherDirection() throws IOException {
        Pair pair = pair();
        reset(pair.server(), pair.client());
        assertThat(receiveFailure(pair.server())).isNotNull();
        Throwable again = catchThrowable(
                () -> assertThat(pair.server().socket.tryRecv(ROOM.clear())).isEqualTo(EOF));
        if (again != null) {
            assertThat(again).isInstanceOf(SocketException.class);
        }
        assertThatThrownBy(() -> pair.server().socket.trySend(ByteBuffer.allocate(1)))
                .isInstanceOf(SocketException.class)
                .hasMessageMatching(".*(EPIPE|ECONNRESET).*");
        pair.server().socket.shutdownOutput();
        pair.server().socket.shutdownInput();
    }

    @Test
    void aWriterHearsOfAReset() throws IOException {
        Pair pair = pair();
        reset(pair.server(), pair.client());
        assertThat(sendFailure(pair.server()))
                .hasMessageMatching(".*(EPIPE|ECONNRESET).*")
                .hasMessageContaining(text(pair.server().socket.remoteAddress()));
    }

    @Test
    void aResetIsReportedToWhoOnlyWaitsToWrite() throws IOException {
        Pair pair = pair();
        pair.server().wanted = WRITABLE;
        pair.server().known = 0;
        reset(pair.server(), pair.client());
        driver.until("a report", () -> pair.server().writable());
    }

    @Test
    void closeWithUnreadBytesResetsThePeer() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "nobody will read this");
        driver.until("arrived", () -> pair.server().readable());
        driver.close(pair.server());
        assertThat(receiveFailure(pair.client())).hasMessageContaining("ECONNRESET");
    }

    @Test
    void closeWithUnreadBytesResetsThePeerOfASocketThatNobodyWatches() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "nobody will read this");
        driver.until("arrived", () -> pair.server().readable());
        driver.forget(pair.server());
        driver.poll(0);
        pair.server().socket.close();
        assertThat(receiveFailure(pair.client())).hasMessageContaining("ECONNRESET");
    }

    @Test
    void bytesThatArrivedBeforeAResetMayStillBeReadAndThenTheResetIsTold() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "before");
        driver.until("arrived", () -> pair.server().readable());
        reset(pair.server(), pair.client());
        assertThat(receiveFailure(pair.server())).hasMessageContaining("ECONNRESET");
    }

    @Test
    void sendingToAPeerThatHasClosedFailsSoon() throws IOException {
        Pair pair = pair();
        driver.close(pair.client());
        driver.receiveEof(pair.server());
        assertThat(sendFailure(pair.server())).hasMessageMatching(".*(EPIPE|ECONNRESET).*");
    }

    @Test
    void aConnectionThatWaitsInTheQueueDiesWithItsListener() throws IOException {
        Watched listener = listener();
        Watched client = driver.connect(open(), listener.socket.localAddress());
        driver.close(listener);
        assertThat(receiveFailure(client)).hasMessageContaining("ECONNRESET");
    }

    @Test
    void aUnixConnectionThatWaitsInTheQueueDiesWithItsListenerToo() throws IOException {
        Watched listener = listener(StandardProtocolFamily.UNIX, 4);
        Watched client = driver.connect(kernel.openStream(StandardProtocolFamily.UNIX), listener.socket.localAddress());
        driver.close(listener);
        assertThat(receiveFailure(client)).hasMessageContaining("ECONNRESET");
    }

    @Test
    void aHealthySocketHasNoPendingError() throws IOException {
        Pair pair = pair();
        assertThat(pair.client().socket.takeError()).isNull();
        assertThat(pair.server().socket.takeError()).isNull();
    }
}
