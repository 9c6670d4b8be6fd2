package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.peer.Peer;
import java.util.List;

/**
 * A server to measure.
 *
 * @param name in tables and charts
 * @param arguments of this command line that start it on a free port
 */
public record Contestant(String name, List<String> arguments) {
    /** One of the dolls. */
    public static Contestant doll(Object api) {
        return new Contestant(api.toString(), List.of("echo", "--api", api.toString(), "--until-eof"));
    }

    /** One that does without us. */
    public static Contestant peer(Peer peer) {
        return new Contestant(peer.toString(), List.of("peer", peer.toString(), "--until-eof"));
    }
}
