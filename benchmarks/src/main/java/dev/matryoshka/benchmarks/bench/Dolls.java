package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.bench.Serving.Transport;
import dev.matryoshka.cli.JavaCommand;
import dev.matryoshka.cli.echo.Doll;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Our servers. They echo as {@code ./matryoshka echo} does, for that is what they are, but without the rehearsal that no other server has;
 * what that cannot, {@code serve} does.
 */
final class Dolls {
    private static final String NIO = "-nio";

    /** The one that is also measured on the JDK's selector, and twice. */
    static final String PROTOCOL = Doll.PROTOCOL.toString();

    private Dolls() {}

    /** In the order of the report: from the inside out, and the middle one on NIO. */
    static List<String> names() {
        return List.of(
                Doll.SOCKET.toString(),
                Doll.STREAM.toString(),
                PROTOCOL,
                Doll.BUFFERED.toString(),
                Doll.PROTOCOL + NIO);
    }

    /** @param name one of {@link #names} */
    static Contestant of(String name) {
        boolean nio = name.endsWith(NIO);
        String api = nio ? name.substring(0, name.length() - NIO.length()) : name;
        List<String> kernel = List.of("--kernel", nio ? "nio" : "auto");
        return new Contestant(name, (serving, workshop) -> command(api, kernel, serving, workshop));
    }

    private static @Nullable List<String> command(String api, List<String> kernel, Serving serving, Workshop workshop) {
        List<String> arguments = !isEcho(serving.mode()) ? serve(api, serving) : echo(api, serving, workshop);
        if (arguments.isEmpty()) {
            return null;
        }
        return JavaCommand.of(
                Main.class,
                Stream.of(arguments, kernel, List.of("--until-eof"))
                        .flatMap(List::stream)
                        .toList());
    }

    private static boolean isEcho(Mode mode) {
        return mode == Mode.ECHO || mode == Mode.LINES;
    }

    private static List<String> echo(String api, Serving serving, Workshop workshop) {
        if (serving.over(Transport.TLS) && api.equals(Doll.SOCKET.toString())) {
            return List.of(); // the bare socket
        }
        List<String> arguments = new ArrayList<>(List.of("echo", "--cold", "--api", api));
        if (serving.mode() == Mode.LINES) {
            arguments.add("--lines");
        }
        arguments.addAll(workshop.transportArguments(serving));
        return arguments;
    }

    private static List<String> serve(String api, Serving serving) {
        if (api.equals(Doll.BUFFERED.toString())) {
            return List.of(); // differs from the protocol in how it receives, which is not what is measured there
        }
        return List.of("serve", "--api", api, "--mode", serving.mode().toString());
    }
}
