package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.BridgePipe;
import dev.matryoshka.kernel.ChildPipe;
import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * A kernel that watches both sides of the seam: whether it is used by the rules, and whether it answers by them. Loop thread
 * only, but for what {@link Kernel} says.
 *
 * <p>A misuse by the caller throws IllegalStateException, a wrong answer AssertionError; both with the history of the socket.
 * Since a loop hands what escapes a callback to its exception handler, each is noted too: a test ends with
 * {@code assertThat(kernel.violations()).isEmpty()}.
 *
 * <p>Stricter than the seam in one point: the seam lets a second close do nothing, and here it is a violation, because the
 * owner of a descriptor knows whether it has closed it.
 */
public final class CheckingKernel implements Kernel {
    private final Kernel inner;
    private final Referee referee = new Referee();
    private final CheckingPoller poller;

    /** Not closed yet. */
    private final Set<Checked> sockets = new LinkedHashSet<>();

    private boolean closed;

    private CheckingKernel(Kernel inner) {
        this.inner = inner;
        this.poller = new CheckingPoller(this, inner.poller());
    }

    /** Wraps one kernel; closing the wrapper closes it. */
    public static CheckingKernel around(Kernel kernel) {
        return new CheckingKernel(kernel);
    }

    /** Wraps every kernel that a provider opens. */
    public static Opened<CheckingKernel> provider(KernelProvider provider) {
        return new Opened<>(provider, (kernel, number) -> new CheckingKernel(kernel));
    }

    /** Any thread. What was found so far, in order; empty is what a test wants. */
    public List<String> violations() {
        return referee.violations();
    }

    Referee referee() {
        return referee;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Clock clock() {
        return inner.clock();
    }

    @Override
    public CheckingPoller poller() {
        return poller;
    }

    @Override
    public NonBlockingSocket openStream(StandardProtocolFamily family) throws IOException {
        ensureOpen("openStream");
        NonBlockingSocket opened;
        try (var _ = referee.enter("openStream " + family, null)) {
            opened = inner.openStream(family);
        }
        return add(opened, "opened for " + family);
    }

    @Override
    public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
        ensureOpen("openDatagram");
        NonBlockingDatagramSocket opened;
        try (var _ = referee.enter("openDatagram " + family, null)) {
            opened = inner.openDatagram(family);
        }
        return added(new CheckingDatagramSocket(this, opened, "opened for datagrams of " + family));
    }

    CheckingSocket add(NonBlockingSocket socket, String origin) {
        return added(new CheckingSocket(this, socket, origin));
    }

    private <C extends Checked> C added(C checked) {
        sockets.add(checked);
        return checked;
    }

    void remove(Checked socket) {
        sockets.remove(socket);
    }

    void ensureOpen(String call) {
        if (closed) {
            throw referee.misuse(call + " after the kernel was closed", null);
        }
    }

    @Override
    public PipeEnds openPipe() throws IOException {
        ensureOpen("openPipe");
        PipeEnds ends = inner.openPipe();
        return new PipeEnds(checked(ends.reader(), "a pipe"), checked(ends.writer(), "a pipe"));
    }

    @Override
    public ChildPipe openChildPipe(PipeMode ours) throws IOException {
        ensureOpen("openChildPipe");
        ChildPipe pipe = inner.openChildPipe(ours);
        return new ChildPipe(
                checked(pipe.ours(), "to or from a child"), pipe.childDescriptor(), descriptor -> pipe.close());
    }

    @Override
    public BridgePipe openBridge(PipeMode ours) throws IOException {
        ensureOpen("openBridge");
        BridgePipe pipe = inner.openBridge(ours);
        return new BridgePipe(checked(pipe.ours(), "to or from a thread"), pipe.theirs());
    }

    @Override
    public NonBlockingIo openPipe(Path path, PipeMode mode) throws IOException {
        ensureOpen("openPipe");
        return checked(inner.openPipe(path, mode), "opened " + path);
    }

    @Override
    public NonBlockingIo adoptPipe(int descriptor, PipeMode mode) throws IOException {
        ensureOpen("adoptPipe");
        return checked(inner.adoptPipe(descriptor, mode), "adopted " + descriptor);
    }

    @Override
    public NonBlockingIo sharePipe(int descriptor, PipeMode mode) throws IOException {
        ensureOpen("sharePipe");
        return checked(inner.sharePipe(descriptor, mode), "shared " + descriptor);
    }

    @Override
    public ChildProcess spawn(SpawnRequest request, Executor background) throws IOException {
        ensureOpen("spawn");
        ChildProcess child = inner.spawn(request, background);
        return added(new CheckingChild(this, child, pipe -> checked(pipe, "to or from " + child)));
    }

    private CheckingSocket checked(NonBlockingIo pipe, String origin) {
        return add(new SocketFace(pipe), origin);
    }

    @Override
    public boolean isAlwaysDualStack() {
        return inner.isAlwaysDualStack();
    }

    /** Any thread, so nothing is checked. */
    @Override
    public FileSource openFile(Path path) throws IOException {
        return inner.openFile(path);
    }

    @Override
    public boolean hasUnixFiles() {
        return inner.hasUnixFiles();
    }

    @Override
    public Parcel release(NonBlockingSocket socket) throws IOException {
        if (!(socket instanceof CheckingSocket ours) || !ours.life().isOf(this)) {
            throw referee.misuse("release of a socket of another kernel: " + socket, null);
        }
        return ours.life().release(ours, () -> inner.release(ours.inner));
    }

    @Override
    public NonBlockingSocket adopt(Parcel parcel) throws IOException {
        ensureOpen("adopt");
        NonBlockingSocket adopted;
        try (var _ = referee.enter("adopt", null)) {
            adopted = inner.adopt(parcel);
        }
        return add(adopted, "adopted");
    }

    @Override
    public Chunk allocate(int sizeBytes) {
        ensureOpen("allocate");
        if (sizeBytes < 1) {
            throw referee.misuse("a chunk of " + sizeBytes + " bytes", null);
        }
        return inner.allocate(sizeBytes);
    }

    @Override
    public SystemCalls systemCalls() {
        return inner.systemCalls();
    }

    @Override
    public void holdTime() {
        inner.holdTime();
    }

    @Override
    public void releaseTime() {
        inner.releaseTime();
    }

    /** @throws IllegalStateException sockets were left open; the kernel is closed all the same */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        IllegalStateException leaked = null;
        try (var _ = referee.enter("close", null)) {
            for (Checked left : sockets) {
                IllegalStateException each = referee.misuse("never closed: " + left, left.life().history);
                if (leaked == null) {
                    leaked = each;
                } else {
                    leaked.addSuppressed(each);
                }
                left.life().kernelClosed();
            }
            inner.close();
        }
        if (leaked != null) {
            throw leaked;
        }
    }

    @Override
    public String toString() {
        return "CheckingKernel[" + inner + "]";
    }
}
