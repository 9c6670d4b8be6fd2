package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a connection moves from one kernel to another of its kind as if nothing had happened, and is somebody's at every moment.
 * Method: {@link KernelContract}, with two kernels in one thread; what nobody closes is seen by the check for leaks.
 */
class KernelHandOverTest extends KernelContract {
    private Kernel other;
    private Driver there;

    @BeforeEach
    void openOther() throws IOException {
        other = provider.open();
        there = new Driver(other);
    }

    @AfterEach
    void closeOther() {
        if (other != null) {
            other.close();
        }
    }

    private Watched move(Watched from) throws IOException {
        driver.forget(from);
        return there.watch(other.adopt(kernel.release(from.socket)));
    }

    @Test
    void bytesOfBeforeDuringAndAfterTheMoveArriveInOrder() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "read here, ");
        assertThat(driver.receive(pair.server(), 11)).asString().isEqualTo("read here, ");
        driver.send(pair.server(), "sent there, ");
        driver.send(pair.client(), "before, ");
        driver.forget(pair.server());
        Parcel parcel = kernel.release(pair.server().socket);
        driver.send(pair.client(), "meanwhile, ");
        Watched moved = there.watch(other.adopt(parcel));
        driver.send(pair.client(), "after");
        assertThat(there.receive(moved, 24)).asString().isEqualTo("before, meanwhile, after");
        there.send(moved, "sent here");
        assertThat(driver.receive(pair.client(), 21)).asString().isEqualTo("sent there, sent here");
        pair.client().socket.shutdownOutput();
        there.receiveEof(moved);
        there.close(moved);
        driver.receiveEof(pair.client());
    }

    @Test
    void theMovedOneKeepsItsAddresses() throws IOException {
        for (StandardProtocolFamily family :
                new StandardProtocolFamily[] {StandardProtocolFamily.INET, StandardProtocolFamily.UNIX}) {
            Pair pair = pair(family);
            SocketAddress local = pair.server().socket.localAddress();
            SocketAddress remote = pair.server().socket.remoteAddress();
            Watched moved = move(pair.server());
            assertThat(moved.socket.localAddress()).isEqualTo(local);
            assertThat(moved.socket.remoteAddress()).isEqualTo(remote);
            assertThat(moved.socket.isOpen()).isTrue();
        }
    }

    @Test
    void itMovesFreshFromTheAcceptQueueToo() throws IOException {
        Watched listener = listener();
        Watched client = driver.connect(open(), listener.socket.localAddress());
        NonBlockingSocket[] accepted = new NonBlockingSocket[1];
        driver.until("accepted", () -> (accepted[0] = listener.socket.tryAccept()) != null);
        Watched moved = there.watch(other.adopt(kernel.release(accepted[0])));
        driver.send(client, "first byte");
        assertThat(there.receive(moved, 10)).asString().isEqualTo("first byte");
    }

    @Test
    void itMovesThereAndBack() throws IOException {
        Pair pair = pair();
        Watched moved = move(pair.server());
        there.forget(moved);
        Watched back = driver.watch(kernel.adopt(other.release(moved.socket)));
        driver.send(pair.client(), "home");
        assertThat(driver.receive(back, 4)).asString().isEqualTo("home");
    }

    @Test
    void theEndOfItsFormerKernelDoesNotConcernIt() throws IOException {
        Pair pair = pair();
        SocketAddress client = pair.client().socket.localAddress();
        Watched moved = move(pair.server());
        kernel.close();
        assertThat(moved.socket.isOpen()).isTrue();
        assertThat(moved.socket.remoteAddress()).isEqualTo(client);
        there.receiveEof(moved); // the client was the other kernel's
    }

    @Test
    void aParcelThatIsClosedEndsTheConnectionOnce() throws IOException {
        Pair pair = pair();
        driver.forget(pair.server());
        Parcel parcel = kernel.release(pair.server().socket);
        parcel.close();
        parcel.close();
        driver.receiveEof(pair.client());
        assertThatThrownBy(() -> other.adopt(parcel))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("already");
    }

    @Test
    void aParcelIsDeliveredOnce() throws IOException {
        Pair pair = pair();
        driver.forget(pair.server());
        Parcel parcel = kernel.release(pair.server().socket);
        Watched moved = there.watch(other.adopt(parcel));
        assertThatThrownBy(() -> kernel.adopt(parcel)).isInstanceOf(IllegalArgumentException.class);
        parcel.close(); // somebody else's by now
        driver.send(pair.client(), "still here");
        assertThat(there.receive(moved, 10)).asString().isEqualTo("still here");
    }

    @Test
    void whatIsNotConnectedOrNotOursStays() throws IOException {
        NonBlockingSocket fresh = open();
        Watched listener = listener();
        for (NonBlockingSocket socket : new NonBlockingSocket[] {fresh, listener.socket}) {
            assertThatThrownBy(() -> kernel.release(socket)).isInstanceOf(IllegalArgumentException.class);
            assertThat(socket.isOpen()).isTrue();
        }
        fresh.close();
        assertThatThrownBy(() -> kernel.release(fresh)).isInstanceOf(ClosedChannelException.class);
        Pair pair = pair();
        assertThatThrownBy(() -> other.release(pair.client().socket)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pair.client().socket.isOpen()).isTrue();
    }

    @Test
    void aKernelThatCannotTakeItClosesIt() throws IOException {
        boolean[] closed = new boolean[1];
        assertThatThrownBy(() -> kernel.adopt(() -> closed[0] = true)).isInstanceOf(IllegalArgumentException.class);
        assertThat(closed[0]).isTrue();
        Pair pair = pair();
        driver.forget(pair.server());
        Parcel parcel = kernel.release(pair.server().socket);
        other.close();
        assertThatThrownBy(() -> other.adopt(parcel)).isInstanceOf(ClosedChannelException.class);
        driver.receiveEof(pair.client());
    }
}
