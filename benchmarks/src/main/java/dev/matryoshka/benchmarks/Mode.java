package dev.matryoshka.benchmarks;

import java.util.Locale;

/** What a server does with what it gets, or without getting anything. Ours, the peers and the one in C know the same words. */
public enum Mode {
    /** Sends back what comes. */
    ECHO,
    /** Sends back what comes, line by line. */
    LINES,
    /** Sends for as long as the peer reads. */
    SOURCE,
    /** Sends a file, again and again. */
    FILE,
    /** Answers each request of {@value Payload#REQUEST_BYTES} bytes, which is a line, in two writes. */
    TWO_WRITE,
    /** Sends each datagram back. */
    UDP;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
