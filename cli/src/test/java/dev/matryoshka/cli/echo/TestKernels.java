package dev.matryoshka.cli.echo;

import java.util.stream.Stream;

/** The kernels that this system has. */
public final class TestKernels {
    private TestKernels() {}

    /** By the names that the command line uses. */
    public static Stream<String> all() {
        return System.getProperty("os.name").equals("Linux") ? Stream.of("epoll", "nio") : Stream.of("nio");
    }
}
