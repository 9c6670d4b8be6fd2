package dev.matryoshka.cli.bench;

import java.time.Duration;

/**
 * What the load generator is asked to do; one line of numbers on its standard input.
 *
 * @param port of the server on 127.0.0.1
 * @param connections each has one message under way
 * @param sizeBytes of a message
 * @param warmUp how long it runs before what counts
 * @param measure how long it counts
 * @param serverPid whose CPU time is taken, or 0
 */
public record LoadRequest(int port, int connections, int sizeBytes, Duration warmUp, Duration measure, long serverPid) {
    private static final int FIELDS = 6;

    /** Checks the numbers. */
    public LoadRequest {
        if (connections < 1 || sizeBytes < 1) {
            throw new IllegalArgumentException(
                    "connections and size must be positive: " + connections + ", " + sizeBytes);
        }
    }

    String toLine() {
        return port + " " + connections + " " + sizeBytes + " " + warmUp.toMillis() + " " + measure.toMillis() + " "
                + serverPid;
    }

    /**
     * Reads what {@link #toLine} wrote.
     *
     * @throws IllegalArgumentException it is something else
     */
    public static LoadRequest parse(String line) {
        String[] words = line.trim().split(" ");
        if (words.length != FIELDS) {
            throw new IllegalArgumentException("not a load request: " + line);
        }
        return new LoadRequest(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Duration.ofMillis(Long.parseLong(words[3])),
                Duration.ofMillis(Long.parseLong(words[4])),
                Long.parseLong(words[5]));
    }
}
