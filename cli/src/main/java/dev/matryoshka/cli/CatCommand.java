package dev.matryoshka.cli;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.cat.CatProtocol;
import dev.matryoshka.cli.cat.Inlet;
import dev.matryoshka.cli.cat.Outlet;
import dev.matryoshka.cli.cat.Session;
import dev.matryoshka.cli.cat.UdpCat;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.cli.serve.Secured;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.DatagramEndpoints;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code cat}: what nc and ncat are, on the middle doll. */
@Command(
        name = "cat",
        description = {
            "Connect standard input and output with HOST PORT, or with who connects to it (-l).",
            "The end of input ends the own direction; the command ends when the peer ends its own and no input waits.",
            "With --udp it ends a second after the end of input, or after --wait seconds of silence."
        })
final class CatCommand implements Callable<Integer> {
    private static final int SECONDS_MAX = 86_400;

    @Parameters(arity = "0..2", paramLabel = "HOST PORT", description = "Where to; with -l PORT alone is 127.0.0.1.")
    private List<String> words = List.of();

    @Option(
            names = {"-l", "--listen"},
            description = "Wait for a connection instead of making one.")
    private boolean listens;

    @Option(
            names = {"-k", "--keep-open"},
            description = "With -l: wait for another connection after each.")
    private boolean keepsOpen;

    @Option(
            names = {"-U", "--unix"},
            paramLabel = "PATH",
            description = "On a Unix socket; @NAME for an abstract name.")
    private @Nullable String unix;

    @Option(
            names = {"-u", "--udp"},
            description = "Datagrams of at most 1400 bytes; with -l they answer whoever has sent last.")
    private boolean udp;

    @Option(names = "--tls", description = "Over TLS; with -l it needs --tls-cert and --tls-key.")
    private boolean tls;

    @Mixin
    private final TlsServerOptions server = new TlsServerOptions();

    @Mixin
    private final TlsClientOptions client = new TlsClientOptions();

    @Option(
            names = {"-w", "--wait"},
            defaultValue = "0",
            paramLabel = "SECONDS",
            description = "How long connecting may take, and how long nothing may move then; 0, the default, for ever.")
    private int waitSeconds;

    @Option(
            names = {"-v", "--verbose"},
            description = "Tell on standard error where it listens.")
    private boolean verbose;

    @Option(
            names = "--kernel",
            defaultValue = "auto",
            paramLabel = "NAME",
            description = "Who polls: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private KernelName kernel = KernelName.AUTO;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private RootCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Endpoint endpoint = endpoint();
        check();
        TlsOptions secured = !tls ? null : listens ? server.read(spec) : client.read(spec, endpoint);
        Foreground foreground = new Foreground(spec, root);
        try (EventLoop loop = foreground.open(kernel)) {
            Session session = session(foreground, loop);
            if (udp) {
                loop.callSoon(() -> exchangeDatagrams(foreground, loop, session, endpoint));
            } else if (listens) {
                listen(foreground, loop, session, endpoint, secured);
            } else {
                loop.callSoon(() -> connect(loop, session, endpoint, secured));
            }
            loop.runForever();
            if (session.failure() != null) {
                throw failed(endpoint, session.failure());
            }
        }
        return 0;
    }

    /** Not on System.in and System.out: the one buffers, the other forgets its errors. Neither is ours to close. */
    private Session session(Foreground foreground, EventLoop loop) {
        Inlet in = new Inlet(loop, new FileInputStream(FileDescriptor.in));
        Outlet out = new Outlet(loop, new FileOutputStream(FileDescriptor.out));
        Duration patience = udp ? Duration.ZERO : patience(); // the silence of datagrams is no failure
        return new Session(loop, in, out, keepsOpen, patience, foreground::complain);
    }

    private CommandFailure failed(Endpoint endpoint, Throwable failure) {
        return new CommandFailure((listens ? "" : endpoint + ": ") + Failures.describe(failure), failure);
    }

    private Duration patience() {
        return Duration.ofSeconds(waitSeconds);
    }

    private void connect(EventLoop loop, Session session, Endpoint endpoint, @Nullable TlsOptions secured) {
        ConnectOptions options = waitSeconds == 0
                ? ConnectOptions.defaults()
                : ConnectOptions.defaults().withTimeout(patience());
        CatProtocol protocol = new CatProtocol(session);
        Secured.connect(loop, endpoint, protocol, secured, options).whenComplete((made, failure) -> {
            if (failure != null) {
                session.end(failure);
            }
        });
    }

    private void listen(
            Foreground foreground, EventLoop loop, Session session, Endpoint endpoint, @Nullable TlsOptions secured)
            throws CommandFailure {
        Supplier<BaseProtocol> factory = () -> new CatProtocol(session);
        Server opened;
        try {
            opened = endpoint.listen(
                    loop,
                    secured == null ? factory : Tls.serving(loop, factory, secured),
                    ServerOptions.defaults().withMaxConnections(1));
        } catch (IOException | UnsupportedOperationException failed) {
            throw Foreground.cannotListen(endpoint, failed);
        }
        if (!keepsOpen) {
            session.onBegin(opened::close);
        }
        foreground.atSignals(loop, () -> {
            opened.close();
            session.end(null);
        });
        if (verbose || endpoint.unix() == null && endpoint.port() == 0) {
            foreground.complain(
                    "listening on " + endpoint.text(opened.addresses().getFirst()));
        }
    }

    private void exchangeDatagrams(Foreground foreground, EventLoop loop, Session session, Endpoint endpoint) {
        String host = String.valueOf(endpoint.host());
        DatagramOptions options = listens
                ? DatagramOptions.defaults().withLocal(host, endpoint.port())
                : DatagramOptions.defaults().withRemote(host, endpoint.port());
        DatagramEndpoints.createAsync(
                        loop, () -> new UdpCat(session, listens, patience(), foreground::complain), options)
                .whenComplete((opened, failure) -> {
                    if (failure != null) {
                        session.end(failure);
                    } else if (listens) {
                        foreground.atSignals(loop, opened.transport()::close);
                        announce(foreground, endpoint, opened.transport().localAddress());
                    }
                });
    }

    /** Not on standard output, where the bytes go. */
    private void announce(Foreground foreground, Endpoint endpoint, @Nullable SocketAddress bound) {
        if (bound != null && (verbose || endpoint.unix() == null && endpoint.port() == 0)) {
            foreground.complain("listening on " + endpoint.text(bound));
        }
    }

    private Endpoint endpoint() {
        String path = unix;
        if (path != null) {
            if (!words.isEmpty()) {
                throw misuse("--unix excludes HOST and PORT");
            }
            return parsed(() -> Endpoint.unix(path));
        }
        if (words.isEmpty() || words.size() == 1 && !listens) {
            throw misuse(listens ? "PORT is missing" : "HOST and PORT are missing");
        }
        String host = words.size() == 2 ? words.getFirst() : "127.0.0.1";
        Endpoint endpoint = parsed(() -> Endpoint.parse("[" + host + "]:" + words.getLast()));
        if (!listens && endpoint.port() == 0) {
            throw misuse("nobody is at port 0");
        }
        return endpoint;
    }

    private Endpoint parsed(Supplier<Endpoint> parsing) {
        try {
            return parsing.get();
        } catch (IllegalArgumentException notOne) {
            throw misuse(String.valueOf(notOne.getMessage()));
        }
    }

    private void check() {
        if (waitSeconds < 0 || waitSeconds > SECONDS_MAX) {
            throw misuse("Invalid value for option '--wait': not 0 to 86400: " + waitSeconds);
        }
        if (keepsOpen && !listens) {
            throw misuse("--keep-open needs --listen");
        }
        if (udp && (tls || keepsOpen || unix != null)) {
            throw misuse("--udp excludes --tls, --keep-open and --unix");
        }
        if (tls && listens && !server.isGiven()) {
            throw misuse("--tls with --listen needs --tls-cert and --tls-key");
        }
        if (server.isGiven() && !(tls && listens)) {
            throw misuse("--tls-cert and --tls-key need --tls and --listen");
        }
    }

    private ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
