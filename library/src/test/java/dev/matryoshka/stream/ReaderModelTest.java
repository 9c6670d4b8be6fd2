package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Seeds;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Goal: whatever the pieces, the reads, the limit, the timeouts and the end, a reader answers as a byte array would that one
 * reads from with a finger. Method: a seeded generator drives a peer and a reader; a model that knows the whole input says
 * what each read must answer. A failure names its seed, which repeats it.
 */
@Proves({"S-67", "S-68"})
class ReaderModelTest {
    private static final int STEPS = 60;
    private static final byte[] LF = {'\n'};
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] LONG = {'a', 'b', 'a', 'b', 'c'};

    @ParameterizedTest
    @Seeds(100)
    void aReaderReadsWhatWasSent(int seed) throws Exception {
        Random random = new Random(seed);
        int[] limits = {1, 10, 1000, 64 * 1024, 1 << 20};
        int limit = limits[random.nextInt(limits.length)];
        StreamRig.run(limit, rig -> new Run(rig, random, limit).run());
    }

    /** One peer, one reader, one model. */
    private static final class Run {
        private final StreamRig rig;
        private final Random random;
        private final int limit;
        private final byte[] input;
        private final IOException reset;

        /** What was read. */
        private int finger;

        /** The answer was checked when a window was lent; it must still be the same at the next read. */
        private ByteBuffer window;

        private byte[] windowBytes;

        Run(StreamRig rig, Random random, int limit) {
            this.rig = rig;
            this.random = random;
            this.limit = limit;
            this.input = input();
            this.reset = random.nextInt(3) == 0 ? new IOException("reset") : null;
        }

        /** Letters with separators, rare ones or many. */
        private byte[] input() {
            byte[] bytes = new byte[random.nextInt(1 << 8 + random.nextInt(12))];
            int separators = 1 << random.nextInt(12);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte)
                        (random.nextInt(separators) == 0 ? "\r\n".charAt(random.nextInt(2)) : 'a' + random.nextInt(3));
            }
            return bytes;
        }

        void run() throws Exception {
            Task<Boolean> peer = rig.loop.createTask(this::send);
            for (int step = 0; step < STEPS || finger < input.length; step++) {
                if (!step(step < STEPS)) {
                    break;
                }
            }
            assertThat(peer.await()).isTrue();
            assertThat(finger).isEqualTo(input.length);
            assertThat(rig.reader.bufferedBytes()).isZero();
        }

        private boolean send() throws InterruptedException {
            rig.transport.receiveMax = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(100_000);
            int piece = 1 << random.nextInt(18);
            for (int from = 0; from < input.length; ) {
                int to = Math.min(input.length, from + 1 + random.nextInt(piece));
                rig.feed(Arrays.copyOfRange(input, from, to));
                from = to;
                if (random.nextInt(4) > 0) {
                    Task.sleep(Duration.ofMillis(random.nextInt(20)));
                }
            }
            while (rig.transport.onTheWire() > 0) {
                Task.sleep(Duration.ofMillis(1));
            }
            if (reset != null) {
                rig.transport.lose(reset);
            } else {
                rig.eof();
            }
            return true;
        }

        /** One read, maybe under a timeout, against the model; false at the end. */
        private boolean step(boolean anyKind) throws Exception {
            if (random.nextInt(5) == 0) {
                Task.sleep(Duration.ofMillis(random.nextInt(50)));
            }
            int kind = anyKind ? random.nextInt(9) : 0;
            if (random.nextInt(3) == 0) {
                try {
                    return Timeout.within(Duration.ofMillis(random.nextInt(15)), () -> read(kind));
                } catch (TimeoutException nothingTaken) {
                    return true;
                }
            }
            return read(kind);
        }

        private boolean read(int kind) throws Exception {
            if (window != null) {
                assertThat(bytes(window)).isEqualTo(windowBytes);
                window = null;
            }
            int count = random.nextInt(random.nextBoolean() ? 1000 : 150_000);
            try {
                return switch (kind) {
                    case 0 -> some(bytesOfWindow(rig.reader.read()), Integer.MAX_VALUE);
                    case 1 -> count == 0 ? took(0, rig.reader.read(0)) : some(rig.reader.read(count), count);
                    case 2 -> readInto(1 + count);
                    case 3 -> exactly(count);
                    case 4 -> exactlyInto(count);
                    case 5 -> line(bytesOfWindow(rig.reader.nextLine()));
                    case 6 -> line(rig.reader.readLine());
                    case 7 -> separated(rig.reader.readUntil(CRLF, LONG), CRLF, LONG);
                    default -> separated(bytesOfWindow(rig.reader.nextUntil(LF)), LF);
                };
            } catch (LimitOverrunException tooLong) {
                return overrun(tooLong, kind);
            } catch (IncompleteReadException end) {
                assertThat(reset).isNull();
                took(input.length - finger, end.partial());
                return false;
            } catch (IOException broken) {
                assertThat(broken).isSameAs(reset);
                return finger < input.length;
            }
        }

        private boolean readInto(int room) throws Exception {
            ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(room) : ByteBuffer.allocateDirect(room);
            int count = rig.reader.readInto(target);
            assertThat(target.position()).isEqualTo(Math.max(0, count));
            return count < 0 ? some(new byte[0], room) : some(bytes(target.flip()), room);
        }

        private boolean exactly(int count) throws Exception {
            return took(count, rig.reader.readExactly(count));
        }

        private boolean exactlyInto(int count) throws Exception {
            ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(count) : ByteBuffer.allocateDirect(count);
            rig.reader.readExactly(target);
            return took(count, bytes(target.flip()));
        }

        /** Any number of bytes; none only at the end. */
        private boolean some(byte[] answer, int most) {
            if (answer.length == 0) {
                assertThat(finger).isEqualTo(input.length);
                return false;
            }
            assertThat(answer.length).isLessThanOrEqualTo(most);
            return took(answer.length, answer);
        }

        private boolean line(byte[] answer) {
            int end = find(LF);
            if (end < 0) {
                assertThat(reset).isNull();
                took(input.length - finger, answer);
                return false;
            }
            assertThat(end - 1 - finger).isLessThanOrEqualTo(limit);
            return took(end - finger, answer);
        }

        private boolean separated(byte[] answer, byte[]... separators) {
            int end = find(separators);
            assertThat(end).isPositive();
            return took(end - finger, answer);
        }

        private boolean overrun(LimitOverrunException tooLong, int kind) throws Exception {
            byte[][] separators =
                    kind >= 7 ? (kind == 7 ? new byte[][] {CRLF, LONG} : new byte[][] {LF}) : new byte[][] {LF};
            int end = find(separators);
            int before = end < 0 ? input.length - finger : end - finger;
            assertThat(tooLong.consumedBytes()).isBetween(limit + 1, before);
            return took(tooLong.consumedBytes(), rig.reader.readExactly(tooLong.consumedBytes()));
        }

        private boolean took(int count, byte[] answer) {
            assertThat(answer).isEqualTo(Arrays.copyOfRange(input, finger, finger + count));
            finger += count;
            return true;
        }

        /** Where the match ends that ends first, by the plainest of searches; or -1. */
        private int find(byte[]... separators) {
            for (int end = finger + 1; end <= input.length; end++) {
                for (byte[] separator : separators) {
                    int start = end - separator.length;
                    if (start >= finger && Arrays.equals(input, start, end, separator, 0, separator.length)) {
                        return end;
                    }
                }
            }
            return -1;
        }

        private byte[] bytesOfWindow(ByteBuffer lent) {
            windowBytes = bytes(lent);
            window = lent;
            return windowBytes;
        }

        private static byte[] bytes(ByteBuffer buffer) {
            ByteArrayOutputStream copy = new ByteArrayOutputStream(buffer.remaining());
            for (int i = buffer.position(); i < buffer.limit(); i++) {
                copy.write(buffer.get(i));
            }
            return copy.toByteArray();
        }
    }
}
