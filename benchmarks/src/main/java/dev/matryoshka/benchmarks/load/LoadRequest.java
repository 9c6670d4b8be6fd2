package dev.matryoshka.benchmarks.load;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the load generator is asked to do; one line on its standard input: {@code echo port=4711 size=1000 connections=10}.
 *
 * <p>Every kind knows {@code port} (of the server on 127.0.0.1) or {@code unix} (its path), {@code connections}, {@code size} (of
 * a message, bytes), {@code warm-up} and {@code measure} (milliseconds before, and of, what counts), {@code pid} (whose CPU time
 * is taken) and {@code stalled}; what else there is, {@link LoadKind} says.
 *
 * @param kind what to do
 * @param fields the rest, by name
 */
public record LoadRequest(LoadKind kind, Map<String, String> fields) {
    /** Where the server listens. */
    public static final String PORT = "port";
    /** How many connections. */
    public static final String CONNECTIONS = "connections";
    /** Bytes of a message. */
    public static final String SIZE = "size";
    /** Milliseconds before what counts. */
    public static final String WARM_UP = "warm-up";
    /** Milliseconds that count. */
    public static final String MEASURE = "measure";
    /** The server's process. */
    public static final String PID = "pid";
    /** Milliseconds without any answer after which the server is taken to be broken. */
    public static final String STALLED = "stalled";
    /** Instead of the port: the path of a Unix socket. */
    public static final String UNIX = "unix";
    /** Whether to speak TLS. */
    public static final String TLS = "tls";
    /** How many messages are sent at once. */
    public static final String DEPTH = "depth";
    /** How many requests are due in a second. */
    public static final String RATE = "rate";
    /** How many connections are silent. */
    public static final String IDLE = "idle";
    /** Whether TLS sessions go on. */
    public static final String RESUME = "resume";

    private static final long STALLED_MILLIS = 5000;
    private static final long RATE_PER_SECOND = 1000;

    /** Copies the fields. */
    public LoadRequest {
        fields = Map.copyOf(fields);
    }

    /** A request without fields. */
    public static LoadRequest of(LoadKind kind) {
        return new LoadRequest(kind, Map.of());
    }

    /** The same with one field more, or another value for it. */
    public LoadRequest with(String name, Object value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(name, value.toString());
        return new LoadRequest(kind, more);
    }

    /** The same with so much time before, and for, what counts. */
    public LoadRequest lasting(Duration warmUp, Duration measure) {
        return with(WARM_UP, warmUp.toMillis()).with(MEASURE, measure.toMillis());
    }

    /** A field as text, or what to take without it. */
    String text(String name, String otherwise) {
        return fields.getOrDefault(name, otherwise);
    }

    /**
     * A field as a number, or what to take without it.
     *
     * @throws IllegalArgumentException it is no number, or less than the least
     */
    long number(String name, long otherwise, long least) {
        String text = fields.get(name);
        try {
            long value = text == null ? otherwise : Long.parseLong(text);
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException noNumber) {
            // said below
        }
        throw new IllegalArgumentException(name + " is not a number of at least " + least + ": " + text);
    }

    int connections() {
        return Math.toIntExact(number(CONNECTIONS, 1, 1));
    }

    int size() {
        return Math.toIntExact(number(SIZE, 1, 1));
    }

    int port() {
        return Math.toIntExact(number(PORT, 0, 0));
    }

    /** No answer on any connection for so long means that the server lost a byte, or is gone. */
    Duration stalled() {
        return Duration.ofMillis(number(STALLED, STALLED_MILLIS, 1));
    }

    int depth() {
        return Math.toIntExact(number(DEPTH, 1, 1));
    }

    long rate() {
        return number(RATE, RATE_PER_SECOND, 1);
    }

    int idle() {
        return Math.toIntExact(number(IDLE, 1, 1));
    }

    boolean tls() {
        return Boolean.parseBoolean(text(TLS, "false"));
    }

    boolean resume() {
        return Boolean.parseBoolean(text(RESUME, "false"));
    }

    Duration warmUp() {
        return Duration.ofMillis(number(WARM_UP, 0, 0));
    }

    Duration measure() {
        return Duration.ofMillis(number(MEASURE, 1, 0));
    }

    /** 0 when nobody's CPU time is to be taken. */
    long serverPid() {
        return number(PID, 0, 0);
    }

    /** For {@link #parse}. */
    public String toLine() {
        return kind + " " + Fields.toLine(fields);
    }

    /**
     * Reads what {@link #toLine} wrote.
     *
     * @throws IllegalArgumentException it is something else
     */
    public static LoadRequest parse(String line) {
        String text = line.strip();
        int space = text.indexOf(' ');
        String word = space < 0 ? text : text.substring(0, space);
        return new LoadRequest(LoadKind.of(word), Fields.parse(text.substring(word.length())));
    }
}
