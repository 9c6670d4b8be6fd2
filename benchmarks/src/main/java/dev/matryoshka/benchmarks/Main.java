package dev.matryoshka.benchmarks;

import dev.matryoshka.benchmarks.peer.NettyEcho;
import dev.matryoshka.benchmarks.tls.TlsComparison;
import dev.matryoshka.benchmarks.tls.TlsLoad;
import java.util.Arrays;

/** Chooses what to start. */
public final class Main {
    private static final String USAGE = """
        usage: peer netty-epoll|netty-io-uring|netty-nio [--port N] [--tls-cert PEM --tls-key PEM]
               tls [--seconds N] [--rounds N] [--connections N]
               micro [JMH's arguments]\
        """;

    private Main() {}

    /** See {@link #USAGE}. */
    public static void main(String[] arguments) throws Exception {
        String[] rest = arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
        switch (arguments.length == 0 ? "" : arguments[0]) {
            case "peer" -> NettyEcho.main(rest);
            case "tls" -> TlsComparison.main(rest);
            case "tls-load" -> TlsLoad.main(rest);
            case "micro" -> org.openjdk.jmh.Main.main(rest);
            default -> {
                System.err.println(USAGE);
                System.exit(2);
            }
        }
    }
}
