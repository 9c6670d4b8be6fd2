package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.cli.CommandFailure;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder for what a run makes: the C server, the Python server, a certificate, Unix sockets. It goes with the run, also when
 * that is interrupted.
 */
final class Workshop implements AutoCloseable {
    private static final String C_SOURCE = "server.c";
    private static final String PYTHON_SOURCE = "server.py";
    private static final int COMPILE_SECONDS = 60;

    private final Path folder;
    private final AtomicInteger sockets = new AtomicInteger();
    private @Nullable X509Bundle certificate;

    Workshop() throws IOException {
        folder = Files.createTempDirectory("matryoshka-bench");
    }

    /**
     * Compiles the C server. Returns the path of the program.
     *
     * @throws CommandFailure there is no compiler, or it does not like our C
     */
    String compileC() throws CommandFailure, IOException, InterruptedException {
        Path binary = folder.resolve("server");
        if (!Tool.works(COMPILE_SECONDS, "cc", "--version")) {
            throw new CommandFailure("no C compiler: cc is not found");
        }
        Path source = extract(C_SOURCE);
        if (!Tool.works(COMPILE_SECONDS, "cc", "-O2", "-o", binary.toString(), source.toString())) {
            throw new CommandFailure("cc does not compile the C server on this system");
        }
        return binary.toString();
    }

    /** Returns the path of the Python server. */
    String pythonServer() throws CommandFailure, IOException {
        return extract(PYTHON_SOURCE).toString();
    }

    private Path extract(String name) throws CommandFailure, IOException {
        Path file = folder.resolve(name);
        try (InputStream resource = Peer.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new CommandFailure("not in this jar: " + name);
            }
            if (!Files.exists(file)) {
                Files.copy(resource, file);
            }
        }
        return file;
    }

    /** The arguments that say over what, the same for all servers; a Unix socket is a new one each time. */
    List<String> transportArguments(Serving serving) {
        return switch (serving.transport()) {
            case TCP -> List.of();
            case UNIX ->
                List.of(
                        "--unix",
                        folder.resolve("socket" + sockets.incrementAndGet()).toString());
            case TLS -> List.of("--tls-cert", file("chain.pem"), "--tls-key", file("key.pem"));
        };
    }

    private String file(String name) {
        try {
            if (certificate == null) {
                X509Bundle made = new CertificateBuilder()
                        .subject("CN=localhost")
                        .setIsCertificateAuthority(true)
                        .algorithm(CertificateBuilder.Algorithm.ecp256)
                        .buildSelfSigned();
                Files.writeString(folder.resolve("chain.pem"), made.getCertificatePathPEM());
                Files.writeString(folder.resolve("key.pem"), made.getPrivateKeyPEM());
                certificate = made;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (Exception failed) {
            throw new IllegalStateException("cannot make a certificate: " + failed.getMessage(), failed);
        }
        return folder.resolve(name).toString();
    }

    /** What follows an option in a command, or null. */
    static @Nullable String argument(List<String> command, String option) {
        int at = command.indexOf(option);
        return at < 0 ? null : command.get(at + 1);
    }

    /** Removes all of it. Idempotent; any thread. */
    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted((one, other) -> other.compareTo(one)).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException kept) {
                    // the system's cleaning will get it
                }
            });
        } catch (IOException | UncheckedIOException gone) {
            // it is gone
        }
    }
}
