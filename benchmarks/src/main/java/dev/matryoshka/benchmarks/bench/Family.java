package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.bench.Serving.Transport;
import dev.matryoshka.benchmarks.load.LoadKind;
import dev.matryoshka.benchmarks.load.LoadRequest;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of workload, each with its standard size. */
enum Family {
    /** The article's: send, wait for the echo, send. */
    ECHO("%s, %s messages", "10x1024", Mode.ECHO, Transport.TCP, LoadKind.ECHO, Figure.REQUEST),
    /** The same, and the server looks for the ends of lines. */
    LINES("lines of %2$s on %1$s", "10x64x64", Mode.LINES, Transport.TCP, LoadKind.ECHO, Figure.REQUEST),
    /** Echo on a Unix socket. */
    UNIX("Unix socket: %s, %s messages", "10x1024", Mode.ECHO, Transport.UNIX, LoadKind.ECHO, Figure.REQUEST),
    /** Echo over UDP. */
    UDP("UDP: %s, %s datagrams", "10x1024", Mode.UDP, Transport.TCP, LoadKind.UDP, Figure.REQUEST),
    /** Echo over TLS. */
    TLS(
            "TLS: %s, %s messages",
            "10x1024",
            Mode.ECHO,
            Transport.TLS,
            LoadKind.ECHO,
            Figure.REQUEST,
            request -> request.with(LoadRequest.TLS, true)),
    /** Connect, full handshake, one echo, close. */
    TLS_HANDSHAKE(
            "TLS handshakes, each with an echo: %s at a time, %s messages",
            "10x64",
            Mode.ECHO,
            Transport.TLS,
            LoadKind.TLS_HANDSHAKE,
            Figure.CONNECTION,
            request -> request.with(LoadRequest.TLS, true)),
    /** Connect, go on with a session, one echo, close. */
    TLS_RESUME(
            "TLS handshakes that resume, each with an echo: %s at a time, %s messages",
            "10x64",
            Mode.ECHO,
            Transport.TLS,
            LoadKind.TLS_HANDSHAKE,
            Figure.CONNECTION,
            request -> request.with(LoadRequest.TLS, true).with(LoadRequest.RESUME, true)),
    /** The server sends what it has in memory, the load only reads. */
    BULK("one way: %s", "10x65536", Mode.SOURCE, Transport.TCP, LoadKind.BULK, Figure.MEGABYTE),
    /** The server sends a file. */
    SENDFILE("a file, one way: %s", "10x65536", Mode.FILE, Transport.TCP, LoadKind.BULK, Figure.MEGABYTE),
    /** Connect, one echo, close. */
    CHURN("connect, echo, close: %s at a time, %s messages", "10x64", LoadKind.CHURN, Figure.CONNECTION),
    /** The answer leaves in two writes. */
    TWO_WRITE("answers in two writes: %s", "10x16", Mode.TWO_WRITE, Transport.TCP, LoadKind.TWO_WRITE, Figure.REQUEST),
    /** Half of the connections send and do not read. */
    SLOW("half of %s read slowly, %s messages", "20x1024", LoadKind.SLOW, Figure.REQUEST),
    /** Requests are due at fixed times; at half of what the middle one of all servers can do. */
    OPEN("open loop at half load: %s, %s messages", "100x1024", LoadKind.OPEN, Figure.REQUEST),
    /** Ten thousand connections that are silent, beside some that talk. Last: what it leaves in a heap stays. */
    IDLE(
            "beside 10,000 idle connections: %s, %s messages",
            "10x1024",
            Mode.ECHO,
            Transport.TCP,
            LoadKind.IDLE,
            Figure.REQUEST,
            request -> request.with(LoadRequest.IDLE, 10_000));

    static final int CONNECTIONS_MAX = 20_000;
    static final int SIZE_MAX_BYTES = 64 * 1024 * 1024;
    static final int DEPTH_MAX = 10_000;

    private static final Pattern NAME =
            Pattern.compile("(?:([a-z-]+?)(?:-|$))?(?:(\\d{1,9})x(\\d{1,9})(?:x(\\d{1,9}))?)?");

    private final String title;
    private final String standard;
    private final Serving serving;
    private final LoadKind kind;
    private final Figure figure;
    private final UnaryOperator<LoadRequest> completion;

    Family(
            String title,
            String standard,
            Mode mode,
            Transport transport,
            LoadKind kind,
            Figure figure,
            UnaryOperator<LoadRequest> completion) {
        this.title = title;
        this.standard = standard;
        this.serving = new Serving(mode, transport);
        this.kind = kind;
        this.figure = figure;
        this.completion = completion;
    }

    Family(String title, String standard, Mode mode, Transport transport, LoadKind kind, Figure figure) {
        this(title, standard, mode, transport, kind, figure, UnaryOperator.identity());
    }

    Family(String title, String standard, LoadKind kind, Figure figure) {
        this(title, standard, Mode.ECHO, Transport.TCP, kind, figure);
    }

    /**
     * The workload of a name: {@code 10x1024} for connections and bytes of an echo, {@code 10x64x64} with so many messages under
     * way on each, and either after the word of another family and a hyphen; or the word alone.
     *
     * @throws IllegalArgumentException it is no such name; says why
     */
    static Workload parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (name.isEmpty() || !matcher.matches()) {
            throw new IllegalArgumentException("not a workload, see --list: " + name);
        }
        Family family = matcher.group(1) == null ? ECHO : ofWord(matcher.group(1));
        if (matcher.group(2) == null) {
            return family.standard();
        }
        int connections = number("connections", matcher.group(2), CONNECTIONS_MAX);
        int sizeBytes = number("bytes", matcher.group(3), SIZE_MAX_BYTES);
        int depth = matcher.group(4) == null ? 1 : number("messages under way", matcher.group(4), DEPTH_MAX);
        return new Workload(family, connections, sizeBytes, depth);
    }

    private static Family ofWord(String word) {
        for (Family family : values()) {
            if (family.toString().equals(word)) {
                return family;
            }
        }
        throw new IllegalArgumentException("not a workload, see --list: " + word);
    }

    private static int number(String what, String digits, int most) {
        int number = Integer.parseInt(digits);
        if (number < 1 || number > most) {
            throw new IllegalArgumentException(what + " not 1 to " + most + ": " + digits);
        }
        return number;
    }

    /** The size that is meant when none is said. */
    Workload standard() {
        String[] numbers = standard.split("x");
        return new Workload(
                this,
                Integer.parseInt(numbers[0]),
                Integer.parseInt(numbers[1]),
                numbers.length == 2 ? 1 : Integer.parseInt(numbers[2]));
    }

    String title() {
        return title;
    }

    Serving serving() {
        return serving;
    }

    Figure figure() {
        return figure;
    }

    /** What the load is asked by all workloads of the family. */
    LoadRequest request() {
        return completion.apply(LoadRequest.of(kind));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
