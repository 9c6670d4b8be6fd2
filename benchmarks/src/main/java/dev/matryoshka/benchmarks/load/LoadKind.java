package dev.matryoshka.benchmarks.load;

import java.util.Locale;
import java.util.function.Supplier;

/** The kinds of load, by the word that a request begins with. */
public enum LoadKind {
    /** Closed loop: send, wait for the echo, send. {@code connections}, {@code size}. */
    ECHO(EchoLoad::new);

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
