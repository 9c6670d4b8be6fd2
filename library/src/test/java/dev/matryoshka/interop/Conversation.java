package dev.matryoshka.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One side of what is said in these tests, without input and output: what is heard goes in, what is to be said comes out. The
 * same in {@code conversation.py}.
 *
 * <pre>
 *   caller                                    answerer
 *   "COUNT half|whole" line ─────────────▶
 *   200 messages of 16 bytes ◀───────────▶   each echoed before the next one is sent
 *   256 KiB at once          ◀───────────▶   echoed as they come
 *                            ◀────────────   SHA-256 of all COUNT bytes, a line
 *   half: end of its output  ────────────▶
 *                            ◀────────────   "bye" line, then the end
 * </pre>
 */
abstract sealed class Conversation {
    private static final int SMALL_MESSAGES = 200;
    private static final int SMALL_BYTES = 16;
    private static final int BULK_BYTES = 256 * 1024;
    private static final byte[] NOTHING = {};

    /** What to do with the connection now. */
    enum Move {
        GO_ON,
        END_OUTPUT,
        CLOSE
    }

    Move next = Move.GO_ON;

    /** What is said before anything is heard. */
    abstract byte[] opening();

    /** What is said to that; all of the data is taken. */
    abstract byte[] hear(ByteBuffer data);

    /** What is said to the end of the other's output. */
    abstract byte[] hearEnd();

    /** Told once. */
    final Move takeMove() {
        Move move = next;
        next = Move.GO_ON;
        return move;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Speaks first. */
    static final class Caller extends Conversation {
        private final boolean half;
        private final byte[] body = Bytes.numbered(SMALL_MESSAGES * SMALL_BYTES + BULK_BYTES);
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private int said = SMALL_BYTES;
        private boolean knowsDigest;

        /** @param half whether the transport can end one direction */
        Caller(boolean half) {
            this.half = half;
        }

        @Override
        byte[] opening() {
            byte[] header = (body.length + (half ? " half\n" : " whole\n")).getBytes(US_ASCII);
            byte[] both = Arrays.copyOf(header, header.length + SMALL_BYTES);
            System.arraycopy(body, 0, both, header.length, SMALL_BYTES);
            return both;
        }

        @Override
        byte[] hear(ByteBuffer data) {
            byte[] copy = new byte[data.remaining()];
            data.get(copy);
            heard.writeBytes(copy);
            if (!knowsDigest && heard.size() > body.length && copy[copy.length - 1] == '\n') {
                knowsDigest = true;
                next = half ? Move.END_OUTPUT : Move.GO_ON;
            }
            if (heard.size() < said || said == body.length) {
                return NOTHING;
            }
            int from = said;
            said = from < SMALL_MESSAGES * SMALL_BYTES ? from + SMALL_BYTES : body.length;
            return Arrays.copyOfRange(body, from, said);
        }

        @Override
        byte[] hearEnd() {
            next = Move.CLOSE;
            return NOTHING;
        }

        /** All came back, was understood, and was ended with a word. */
        void assertComplete() {
            byte[] all = heard.toByteArray();
            assertThat(all).hasSizeGreaterThan(body.length);
            assertThat(Arrays.copyOf(all, body.length)).isEqualTo(body);
            assertThat(new String(all, body.length, all.length - body.length, US_ASCII))
                    .isEqualTo(sha256(body) + "\nbye\n");
        }
    }

    /** Speaks when spoken to. */
    static final class Answerer extends Conversation {
        private final ByteArrayOutputStream header = new ByteArrayOutputStream();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int count = -1;
        private boolean half;

        @Override
        byte[] opening() {
            return NOTHING;
        }

        @Override
        byte[] hear(ByteBuffer data) {
            while (count < 0 && data.hasRemaining()) {
                byte letter = data.get();
                if (letter != '\n') {
                    header.write(letter);
                } else {
                    String[] words = header.toString(US_ASCII).split(" ", -1);
                    count = Integer.parseInt(words[0]);
                    half = words[1].equals("half");
                }
            }
            byte[] piece = new byte[data.remaining()];
            data.get(piece);
            body.writeBytes(piece);
            if (count < 0 || body.size() < count) {
                return piece;
            }
            String last = sha256(body.toByteArray()) + "\n" + (half ? "" : "bye\n");
            next = half ? Move.GO_ON : Move.CLOSE;
            byte[] answer = Arrays.copyOf(piece, piece.length + last.length());
            System.arraycopy(last.getBytes(US_ASCII), 0, answer, piece.length, last.length());
            return answer;
        }

        @Override
        byte[] hearEnd() {
            next = Move.CLOSE;
            return (half && body.size() == count ? "bye\n" : "cut short\n").getBytes(US_ASCII);
        }
    }
}
