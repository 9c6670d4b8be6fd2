package dev.matryoshka.engine;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.URGENT;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a channel knows what is ready without asking, reports it to who wants it, and never after its close.
 *
 * <p>Method: a socket that answers what the test says, on a scripted kernel; one pass at a time.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChannelTest {
    private final FakeSocket socket = new FakeSocket();
    private final List<String> log = new ArrayList<>();
    private final ChannelListener listener = new ChannelListener() {
        @Override
        public boolean onReadable() {
            log.add("readable");
            return false;
        }

        @Override
        public void onWritable() {
            log.add("writable");
        }

        @Override
        public void onHangup() {
            log.add("hangup");
        }

        @Override
        public void onLoopClosing() {
            log.add("closing");
        }
    };

    @Test
    void aFreshChannelIsWritableAndNotReadable() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            assertThat(channel.isWritable()).isTrue();
            assertThat(channel.isReadable()).isFalse();
            channel.close();
        }
    }

    @Test
    void aShortReceiveMeansDrainedAndAFullOneDoesNot() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = readable(rig, READABLE);
            socket.answer = 100;
            channel.recv(rig.engine.receiveChunk(), 0, 100);
            assertThat(channel.isReadable()).isTrue();
            socket.answer = 99;
            channel.recv(ByteBuffer.allocate(100));
            assertThat(channel.isReadable()).isFalse();
            channel.close();
        }
    }

    @Test
    void wouldBlockMeansDrained() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = readable(rig, READABLE | HANGUP);
            socket.answer = NonBlockingSocket.WOULD_BLOCK;
            channel.recv(rig.engine.receiveChunk(), 0, 100);
            assertThat(channel.isReadable()).isFalse();
            channel.close();
        }
    }

    @Test
    void afterAHangupOrAnErrorAShortReceiveIsNotTheEnd() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            for (int bit : new int[] {HANGUP, ERROR}) {
                Channel channel = readable(rig, READABLE | bit);
                socket.answer = 10;
                channel.recv(rig.engine.receiveChunk(), 0, 100);
                assertThat(channel.isReadable())
                        .as("the end of stream is still to be collected")
                        .isTrue();
                socket.answer = NonBlockingSocket.EOF;
                channel.recv(rig.engine.receiveChunk(), 0, 100);
                assertThat(channel.isReadable())
                        .as("and will be answered again")
                        .isTrue();
                channel.close();
            }
        }
    }

    @Test
    void afterUrgentDataOnlyWouldBlockMeansDrained() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = readable(rig, READABLE | URGENT);
            for (int events = 0; events < 2; events++) {
                socket.answer = 10;
                channel.recv(rig.engine.receiveChunk(), 0, 100);
                channel.recv(ByteBuffer.allocate(100));
                assertThat(channel.isReadable())
                        .as("more may lie behind the urgent byte")
                        .isTrue();
                socket.answer = NonBlockingSocket.WOULD_BLOCK;
                channel.recv(rig.engine.receiveChunk(), 0, 100);
                assertThat(channel.isReadable()).isFalse();
                rig.kernel.nextPollReports(channel.token, READABLE);
                rig.passes(1);
            }
            channel.close();
        }
    }

    @Test
    void aShortSendMeansTheWindowIsFull() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            socket.answer = 100;
            assertThat(channel.send(rig.engine.receiveChunk(), 0, 100)).isEqualTo(100);
            assertThat(channel.isWritable()).isTrue();
            socket.answer = 40;
            assertThat(channel.send(ByteBuffer.allocate(100))).isEqualTo(40);
            assertThat(channel.isWritable()).isFalse();
            channel.close();
        }
    }

    @Test
    void aSendThatWouldBlockCountsAsNothingSent() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            socket.answer = NonBlockingSocket.WOULD_BLOCK;
            assertThat(channel.send(new ByteBuffer[] {ByteBuffer.allocate(5)}, 0, 1))
                    .isZero();
            assertThat(channel.isWritable()).isFalse();
            channel.close();
        }
    }

    @Test
    void readinessThatNobodyWantsIsKeptUntilSomebodyDoes() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = readable(rig, READABLE);
            assertThat(log).isEmpty();
            channel.wantRead(true);
            rig.passes(1);
            assertThat(log).containsExactly("readable");
            channel.close();
        }
    }

    @Test
    void whoWantsToWriteWhileTheWindowIsOpenIsCalledToo() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            channel.wantWrite(true);
            rig.passes(1);
            assertThat(log)
                    .as("an edge-triggered poller will not report it a second time")
                    .containsExactly("writable");
            channel.close();
        }
    }

    @Test
    void readingComesBeforeWriting() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            channel.noteConnecting();
            channel.wantRead(true);
            rig.kernel.nextPollReports(channel.token, READABLE | WRITABLE);
            rig.passes(1);
            assertThat(log).containsExactly("readable", "writable");
            channel.close();
        }
    }

    @Test
    void whatIsConnectingIsNotWritableBeforeItsEvent() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            channel.noteConnecting();
            rig.passes(2);
            assertThat(log).isEmpty();
            assertThat(channel.isWritable()).isFalse();
            channel.close();
        }
    }

    @Test
    void aHangupIsToldToWhoWantsNeitherDirection() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = readable(rig, READABLE | HANGUP);
            assertThat(log).containsExactly("hangup");
            channel.close();
        }
    }

    @Test
    void thePollerIsToldOnlyWhenTheInterestChanges() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            channel.wantRead(true);
            assertThat(socket.interest).isEqualTo(READABLE);
            socket.interest = -1;
            channel.wantRead(true);
            assertThat(socket.interest).as("not told again").isEqualTo(-1);
            channel.wantRead(false);
            assertThat(socket.interest).isZero();
            channel.close();
        }
    }

    @Test
    void aChannelThatIsClosedInThePassOfItsEventHearsNothingMore() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            channel.wantRead(true);
            rig.kernel.nextPollReports(channel.token, READABLE);
            rig.loop.callSoon(channel::close);
            rig.passes(1);
            assertThat(log).isEmpty();
            assertThat(socket.deregistered).isTrue();
        }
    }

    @Test
    void aStaleEventDoesNotReachTheChannelThatTookTheSlot() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel old = rig.engine.watch(socket, listener);
            old.close();
            Channel heir = rig.engine.watch(new FakeSocket(), listener);
            heir.wantRead(true);
            rig.kernel.nextPollReports(old.token, READABLE | HANGUP);
            rig.passes(1);
            assertThat(log).isEmpty();
            assertThat(heir.isReadable()).isFalse();
            heir.close();
        }
    }

    @Test
    void theDescriptorIsClosedOnceAtTheEndOfThePass() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            rig.loop.callSoon(() -> {
                channel.close();
                channel.close();
                log.add("closes=" + socket.closes);
            });
            rig.passes(2);
            assertThat(log).containsExactly("closes=0");
            assertThat(socket.closes).isEqualTo(1);
        }
    }

    @Test
    void aDetachedSocketStaysOpen() throws IOException {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Channel channel = rig.engine.watch(socket, listener);
            channel.detach();
            rig.passes(1);
            assertThat(socket.closes).isZero();
            assertThat(socket.deregistered).isTrue();
        }
        assertThat(log).isEmpty();
    }

    private Channel readable(LoopRig rig, int bits) throws IOException {
        Channel channel = rig.engine.watch(socket, listener);
        rig.kernel.nextPollReports(channel.token, bits);
        rig.passes(1);
        return channel;
    }
}
