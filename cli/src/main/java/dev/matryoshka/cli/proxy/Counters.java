package dev.matryoshka.cli.proxy;

/** What a proxy has done so far. Loop thread only. */
public final class Counters {
    long connections;
    long bytesToTarget;
    long bytesToClient;
    long errors;

    /** One line, for people and for scripts. */
    @Override
    public String toString() {
        return "connections=" + connections + " bytes-to-target=" + bytesToTarget + " bytes-to-client=" + bytesToClient
                + " errors=" + errors;
    }
}
