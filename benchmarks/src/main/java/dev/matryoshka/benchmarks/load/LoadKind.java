package dev.matryoshka.benchmarks.load;

import java.util.Locale;
import java.util.function.Supplier;

/** The kinds of load, by the word that a request begins with. */
public enum LoadKind {
    /** Closed loop: send, wait for the echo, send. {@code depth} messages at once; {@code tls=true}. */
    ECHO(EchoLoad::new),
    /** Takes what a source sends, of itself or of a file. */
    BULK(BulkLoad::new),
    /** Connects, echoes once, closes; {@code connections} at a time. */
    CHURN(ChurnLoad::new),
    /** An echo beside {@code idle} silent connections, and what these hold. */
    IDLE(IdleLoad::new),
    /** Open loop: {@code rate} requests are due in a second. */
    OPEN(OpenLoad::new),
    /** Closed loop against answers in two pieces. */
    TWO_WRITE(TwoWriteLoad::new),
    /** Closed loop on half of the connections; the others hardly read. */
    SLOW(SlowLoad::new),
    /** Closed loop over UDP. */
    UDP(UdpLoad::new),
    /** TLS handshakes, {@code connections} at a time, full ones or with {@code resume=true}. */
    TLS_HANDSHAKE(TlsHandshakeLoad::new);

    private final Supplier<Load> maker;

    LoadKind(Supplier<Load> maker) {
        this.maker = maker;
    }

    Load newLoad() {
        return maker.get();
    }

    /**
     * The kind that has a word.
     *
     * @throws IllegalArgumentException none has
     */
    static LoadKind of(String word) {
        for (LoadKind kind : values()) {
            if (kind.toString().equals(word)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind of load: " + word);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
