package dev.matryoshka.engine;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/**
 * Hears when the platform thread of a loop is interrupted.
 *
 * <p>An interrupt of that thread reaches nobody by itself: it does not end an epoll_wait, and while a virtual thread is
 * mounted the JDK takes the flag off when that one is unmounted. But the JDK tells the selector in which a thread waits,
 * and lets anybody write a selector. So this one has no channels and never selects; the thread is "in" it as long as it
 * carries the loop.
 *
 * <p>A real Selector takes its place while it selects, and sees the interrupt itself; afterwards this has to be armed again.
 */
final class InterruptBell extends AbstractSelector {
    private final Runnable ring;

    /** @param ring called on the interrupting thread; does not wait and does not throw */
    InterruptBell(Runnable ring) {
        super(SelectorProvider.provider());
        this.ring = ring;
    }

    /** On the platform thread: from now on; rings at once when the thread is interrupted already. */
    void arm() {
        begin();
    }

    /** On the platform thread: no longer. */
    void disarm() {
        end();
    }

    @Override
    public Selector wakeup() {
        ring.run();
        return this;
    }

    // ---- the rest of a selector, which nobody can reach -----------------------------------------------------------

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public int selectNow() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select(long timeoutMillis) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select() {
        throw new UnsupportedOperationException();
    }
}
