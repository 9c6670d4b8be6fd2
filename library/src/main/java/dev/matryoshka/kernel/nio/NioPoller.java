package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A {@link Selector} behind the poller's contract.
 *
 * <h2>Facts</h2>
 * Level-triggered: what is in the interest set and ready is reported at every select. A select takes two monitors and, per
 * event, a hash look-up by descriptor; its time is in milliseconds. A change of interest is a queue entry now and an
 * epoll_ctl at the next select. A cancelled key stays registered, and its descriptor open, until the next select.
 *
 * <h2>What can go wrong</h2>
 * <ul>
 *   <li><b>Spin</b>: readiness that nobody acts on is reported again and again. The consumer narrows its interest; the
 *       contract of {@link Poller} says so.
 *   <li><b>Select on a virtual thread</b> goes through the JDK's own poller, a hop per wait:
 *       {@link #pollsOnVirtualThread()} is false, and the carrier selects.
 *   <li><b>Cancelled keys</b> hold descriptors: after a close the selector is asked once to let go
 *       ({@link #flushCancelled}), or the port could not be bound again.
 *   <li><b>Interrupts</b>: a standing interrupt makes every select return at once. The loop takes it away after each poll.
 * </ul>
 *
 * <h2>Answer and price</h2>
 * Interest READ is standing, so an echo costs no control call. What remains is the price of the JDK's locks and maps: some
 * ten to thirty percent of an echo.
 */
final class NioPoller implements Poller {
    private final Selector selector;
    private final SystemCalls calls;
    private boolean flushDue;

    /** The sink of the poll in progress; a field so that the consumer is made once. */
    private ReadySink sink = (token, readiness) -> {};

    private final Consumer<SelectionKey> consumer = this::report;

    NioPoller(SystemCalls calls) throws IOException {
        this.selector = Selector.open();
        this.calls = calls;
    }

    @Override
    public void register(NonBlockingSocket socket, long token) throws IOException {
        NioSocket ours = (NioSocket) socket;
        ours.key = ours.channel().register(selector, ours.operations(Readiness.READABLE), new Watch(ours, token));
        calls.control++;
    }

    private record Watch(NioSocket socket, long token) {}

    @Override
    public void interest(NonBlockingSocket socket, int interest) {
        NioSocket ours = (NioSocket) socket;
        SelectionKey key = ours.key;
        if (key != null && key.isValid()) {
            int wanted = ours.operations(interest);
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
                calls.control++;
            }
        }
    }

    @Override
    public void deregister(NonBlockingSocket socket) {
        NioSocket ours = (NioSocket) socket;
        SelectionKey key = ours.key;
        if (key != null) {
            ours.key = null;
            key.cancel();
            flushDue = true;
        }
    }

    /** Lets the selector drop cancelled keys now, so that their descriptors are really closed. */
    void flushCancelled() {
        if (flushDue && selector.isOpen()) {
            flushDue = false;
            try {
                selector.selectNow(key -> {});
            } catch (IOException | ClosedSelectorException late) {
                flushDue = true;
            }
        }
    }

    @Override
    public int poll(long timeoutNanos, ReadySink target) throws IOException {
        sink = target;
        calls.poll++;
        if (timeoutNanos == 0) {
            return selector.selectNow(consumer);
        }
        return selector.select(consumer, timeoutNanos < 0 ? 0 : millisUp(timeoutNanos));
    }

    /** Rounded up: early is a busy loop, late by less than a millisecond is only late. */
    private static long millisUp(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        return TimeUnit.MILLISECONDS.toNanos(millis) == nanos ? millis : millis + 1;
    }

    private void report(SelectionKey key) {
        Watch watch = (Watch) key.attachment();
        int operations;
        try {
            operations = key.readyOps();
        } catch (CancelledKeyException gone) {
            return;
        }
        int readiness = 0;
        if ((operations & (SelectionKey.OP_READ | SelectionKey.OP_ACCEPT)) != 0) {
            readiness |= Readiness.READABLE;
        }
        if ((operations & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) != 0) {
            readiness |= Readiness.WRITABLE;
        }
        if (readiness != 0) {
            sink.ready(watch.token(), readiness);
        }
    }

    @Override
    public void wakeup() {
        calls.wakeup++;
        selector.wakeup();
    }

    @Override
    public boolean pollsOnVirtualThread() {
        return false;
    }

    void close() {
        try {
            selector.close();
        } catch (IOException ignored) {
            // Nothing can be done about a selector that does not close, and nobody waits on it any more.
            flushDue = false;
        }
    }
}
