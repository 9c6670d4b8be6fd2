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
import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * A kernel whose sockets and poller go wrong by rules. Loop thread only, but for what {@link Kernel} says.
 *
 * <p>Everything it does is allowed by the seam: a consumer that breaks is wrong, not unlucky. It adds failures only; it does not
 * take any away that the kernel below has.
 */
public final class FaultyKernel implements Kernel {
    private final Kernel inner;
    private final Faults.Dice dice;
    private final FaultyPoller poller;

    FaultyKernel(Kernel inner, Faults faults, int number) {
        this.inner = inner;
        this.dice = faults.dice(number);
        this.poller = new FaultyPoller(inner.poller(), inner.clock(), faults, dice);
    }

    /** Wraps one kernel; closing the wrapper closes it. */
    public static FaultyKernel around(Kernel kernel, Faults faults) {
        return new FaultyKernel(kernel, faults, 0);
    }

    /** Wraps every kernel that a provider opens; each has chances of its own, from the same seed. */
    public static Opened<FaultyKernel> provider(KernelProvider provider, Faults faults) {
        return new Opened<>(provider, (kernel, number) -> new FaultyKernel(kernel, faults, number));
    }

    /** How often a fault has struck so far: a test that injects should see that it did. */
    public long injected(Fault fault) {
        return dice.struck(fault);
    }

    Faults.Dice dice() {
        return dice;
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
    public FaultyPoller poller() {
        return poller;
    }

    @Override
    public NonBlockingSocket openStream(StandardProtocolFamily family) throws IOException {
        if (dice.strikes(Fault.OPEN_EXHAUSTED)) {
            throw new ResourceExhaustedException("open a socket: Too many open files (EMFILE), injected");
        }
        return new FaultySocket(this, inner.openStream(family));
    }

    @Override
    public PipeEnds openPipe() throws IOException {
        PipeEnds ends = inner.openPipe();
        return new PipeEnds(faulty(ends.reader()), faulty(ends.writer()));
    }

    @Override
    public ChildPipe openChildPipe(PipeMode ours) throws IOException {
        ChildPipe pipe = inner.openChildPipe(ours);
        return new ChildPipe(faulty(pipe.ours()), pipe.childDescriptor(), descriptor -> pipe.close());
    }

    @Override
    public BridgePipe openBridge(PipeMode ours) throws IOException {
        BridgePipe pipe = inner.openBridge(ours);
        return new BridgePipe(faulty(pipe.ours()), pipe.theirs());
    }

    @Override
    public NonBlockingIo openPipe(Path path, PipeMode mode) throws IOException {
        return faulty(inner.openPipe(path, mode));
    }

    @Override
    public NonBlockingIo adoptPipe(int descriptor, PipeMode mode) throws IOException {
        return faulty(inner.adoptPipe(descriptor, mode));
    }

    @Override
    public NonBlockingIo sharePipe(int descriptor, PipeMode mode) throws IOException {
        return faulty(inner.sharePipe(descriptor, mode));
    }

    @Override
    public ChildProcess spawn(SpawnRequest request, Executor background) throws IOException {
        if (dice.strikes(Fault.OPEN_EXHAUSTED)) {
            throw new ResourceExhaustedException(
                    "start " + request.program() + ": Too many open files (EMFILE), injected");
        }
        return new FaultyChild(this, inner.spawn(request, background), this::faulty);
    }

    private FaultySocket faulty(NonBlockingIo pipe) {
        return new FaultySocket(this, new SocketFace(pipe));
    }

    @Override
    public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
        if (dice.strikes(Fault.OPEN_EXHAUSTED)) {
            throw new ResourceExhaustedException("open a socket: Too many open files (EMFILE), injected");
        }
        return new FaultyDatagramSocket(this, inner.openDatagram(family));
    }

    @Override
    public boolean isAlwaysDualStack() {
        return inner.isAlwaysDualStack();
    }

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
        return inner.release(socket instanceof FaultySocket ours ? ours.inner : socket);
    }

    @Override
    public NonBlockingSocket adopt(Parcel parcel) throws IOException {
        return new FaultySocket(this, inner.adopt(parcel));
    }

    @Override
    public Chunk allocate(int sizeBytes) {
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

    @Override
    public void close() {
        poller.close();
        inner.close();
    }

    @Override
    public String toString() {
        return "FaultyKernel[" + inner + "]";
    }
}
