package dev.matryoshka.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A program of this folder that serves until it is interrupted, on a thread of its own and a free port. */
final class RunningMain implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int TIMEOUT_MILLIS = 20_000;

    private final int port;
    private final Thread thread;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** What main of an example looks like. */
    @FunctionalInterface
    interface Program {
        void main(String... args) throws Exception;
    }

    private RunningMain(Program program, int port, String... moreArgs) {
        String[] args = new String[moreArgs.length + 1];
        args[0] = String.valueOf(port);
        System.arraycopy(moreArgs, 0, args, 1, moreArgs.length);
        this.port = port;
        this.thread = new Thread(() -> run(program, args), "example");
    }

    /** Starts it with a port as its first argument, and waits until it accepts there. */
    static RunningMain start(Program program, String... moreArgs) throws Exception {
        RunningMain running = new RunningMain(program, FreePort.next(), moreArgs);
        running.thread.start();
        running.awaitAccepting();
        return running;
    }

    private void run(Program program, String... args) {
        try {
            program.main(args);
        } catch (InterruptedException | CancellationException stopped) {
            // as intended
        } catch (Throwable failed) {
            failure.set(failed);
        }
    }

    private void awaitAccepting() throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                connect().close();
                return;
            } catch (IOException notYet) {
                if (failure.get() != null || System.nanoTime() - end > 0) {
                    throw new AssertionError("does not serve", failure.get());
                }
                never.await(10, TimeUnit.MILLISECONDS);
            }
        }
    }

    int port() {
        return port;
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    /** Interrupts it, as a program is ended that runs in a thread; it must end, and without a failure. */
    @Override
    public void close() throws Exception {
        thread.interrupt();
        awaitEnd(LIMIT);
    }

    /** It ends by itself, and without a failure. */
    void awaitEnd(Duration limit) throws Exception {
        if (!thread.join(limit)) {
            throw new AssertionError("does not end");
        }
        if (failure.get() != null) {
            throw new AssertionError("failed", failure.get());
        }
    }
}
