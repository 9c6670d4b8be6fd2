package dev.matryoshka.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every kernel promises to the layers above, whatever facility it stands on. The suites that extend this run once for each
 * {@link KernelCase}; each test gets a kernel of its own, and leaves nothing behind.
 *
 * <p>Method: both ends of a connection in one thread and, where nothing else is said, on one kernel. A {@link Driver} polls until what
 * is expected has happened.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.matryoshka.contract.KernelCase#all")
@ExtendWith(LeakCheck.class)
abstract class KernelContract {
    static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);
    static final InetSocketAddress ANY_PORT_6 = new InetSocketAddress("::1", 0);

    /** Long enough for what is under way on the loopback device to arrive. */
    static final long MOMENT_NANOS = 2_000_000;

    @Parameter
    KernelCase which;

    @TempDir
    Path directory;

    KernelProvider provider;
    Kernel kernel;
    Driver driver;
    private int names;

    @BeforeEach
    void openKernel() throws IOException {
        assumeTrue(which.whyNot() == null, () -> which + ": " + which.whyNot());
        provider = which.providers().get();
        kernel = provider.open();
        driver = new Driver(kernel);
    }

    @AfterEach
    void closeKernel() {
        if (kernel != null) {
            kernel.close();
        }
    }

    /** Skips the test on an operating system without it. */
    void assumeIpv6() {
        if (!which.isMemory()) {
            Ipv6.assume();
        }
    }

    /** Both ends, watched for reading. */
    record Pair(Watched client, Watched server) {}

    NonBlockingSocket open() throws IOException {
        return kernel.openStream(StandardProtocolFamily.INET);
    }

    /** A listener of TCP over IPv4 on a port of its own. */
    Watched listener() throws IOException {
        return listener(StandardProtocolFamily.INET, 16);
    }

    Watched listener(StandardProtocolFamily family, int backlog) throws IOException {
        NonBlockingSocket socket = kernel.openStream(family);
        socket.bind(anyAddress(family));
        socket.listen(backlog);
        return driver.watch(socket);
    }

    SocketAddress anyAddress(StandardProtocolFamily family) {
        return switch (family) {
            case INET -> ANY_PORT;
            case INET6 -> ANY_PORT_6;
            case UNIX -> UnixDomainSocketAddress.of(directory.resolve("s" + names++));
        };
    }

    Pair pair() throws IOException {
        return pair(StandardProtocolFamily.INET);
    }

    Pair pair(StandardProtocolFamily family) throws IOException {
        Watched listener = listener(family, 16);
        Pair pair = pair(listener);
        driver.close(listener);
        return pair;
    }

    Pair pair(Watched listener) throws IOException {
        SocketAddress address = listener.socket.localAddress();
        StandardProtocolFamily family = address instanceof UnixDomainSocketAddress
                ? StandardProtocolFamily.UNIX
                : ((InetSocketAddress) address).getAddress() instanceof java.net.Inet6Address
                        ? StandardProtocolFamily.INET6
                        : StandardProtocolFamily.INET;
        Watched client = driver.connect(kernel.openStream(family), address);
        return new Pair(client, driver.accept(listener));
    }

    /** What so many polls, of a moment each, report of one token; all other events are thrown away. */
    int reported(long token, int polls) throws IOException {
        int[] bits = {0};
        for (int i = 0; i < polls; i++) {
            kernel.poller().poll(MOMENT_NANOS, (of, readiness) -> bits[0] |= of == token ? readiness : 0);
        }
        return bits[0];
    }

    /** The port with its host, as messages show it. */
    static String text(SocketAddress address) {
        InetSocketAddress internet = (InetSocketAddress) address;
        return internet.getAddress().getHostAddress() + ":" + internet.getPort();
    }
}
