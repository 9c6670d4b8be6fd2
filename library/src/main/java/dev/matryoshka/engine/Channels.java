package dev.matryoshka.engine;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.Watchable;
import dev.matryoshka.loop.ExceptionContext;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The sockets and pipes of one loop: which there are, which of them somebody has to look at, and which are to be closed when the pass
 * is over. Loop thread only.
 */
final class Channels implements ReadySink {
    /**
     * After so many callbacks the tasks that they woke have a turn. Were that left to the end of the pass, a thousand ready
     * streams would hold a thousand chunks at once, and find in a cold cache what was received; a turn costs one switch.
     */
    private static final int BATCH = 16;

    /** Or after so many bytes: ten large messages received one after another would have left the cache before the first is read. */
    private static final int BATCH_BYTES = 64 * 1024;

    private final Poller poller;
    private final ChannelTable table = new ChannelTable();
    private final ReadyQueue<BaseChannel> ready = new ReadyQueue<>();
    private final ReadyQueue<BaseChannel> released = new ReadyQueue<>();

    Channels(Poller poller) {
        this.poller = poller;
    }

    /**
     * Nothing is dispatched before the listener wants it. A registration begins with interest READABLE, which is taken back: a
     * level-triggered poller would report bytes that nobody takes at every poll.
     */
    Channel watch(NonBlockingIo io, ChannelListener listener) throws IOException {
        Channel channel = new Channel(this, io, listener, table.nextToken());
        register(channel);
        return channel;
    }

    /** As {@link #watch(NonBlockingIo, ChannelListener)} for what moves no bytes. */
    WatchChannel watch(Watchable watched, ChannelListener listener) throws IOException {
        WatchChannel channel = new WatchChannel(this, watched, listener, table.nextToken());
        register(channel);
        return channel;
    }

    /** As {@link #watch(NonBlockingIo, ChannelListener)}. */
    DatagramChannel watch(LoopEngine engine, NonBlockingDatagramSocket socket, ChannelListener listener)
            throws IOException {
        DatagramChannel channel = new DatagramChannel(engine, socket, listener, table.nextToken());
        register(channel);
        return channel;
    }

    private void register(BaseChannel channel) throws IOException {
        poller.register(channel.watched(), channel.token);
        poller.interest(channel.watched(), 0);
        table.put(channel);
    }

    /** The poller found something. A token whose channel is gone is stale, and ignored. */
    @Override
    public void ready(long token, int readiness) {
        BaseChannel channel = table.get(token);
        if (channel != null) {
            channel.note(readiness);
            dispatchSoon(channel);
        }
    }

    void dispatchSoon(BaseChannel channel) {
        if (!channel.queued) {
            channel.queued = true;
            ready.add(channel);
        }
    }

    int readyCount() {
        return ready.size();
    }

    /**
     * Calls back for what the poll found; what a callback makes ready waits for the next pass.
     *
     * @param count those that were ready when the poll ended
     * @param breather called after each {@link #BATCH} callbacks or {@link #BATCH_BYTES} bytes that are followed by more
     */
    void dispatch(int count, Reporter reporter, Clock clock, Runnable breather) {
        int sinceTurn = 0;
        long bytesSinceTurn = 0;
        for (int i = 0; i < count; i++) {
            if (sinceTurn == BATCH || bytesSinceTurn >= BATCH_BYTES) {
                sinceTurn = 0;
                bytesSinceTurn = 0;
                breather.run();
            }
            sinceTurn++;
            BaseChannel channel = next();
            channel.receivedBytes = 0;
            long began = reporter.callbackBegins(clock);
            try {
                channel.dispatch();
            } catch (Throwable escaped) {
                reporter.report("Exception in I/O callback", escaped, "handle", channel);
            }
            reporter.callbackEnded(clock, began, channel);
            bytesSinceTurn += channel.receivedBytes;
        }
    }

    private BaseChannel next() {
        BaseChannel channel = ready.poll();
        assert channel != null : "the caller counts";
        channel.queued = false;
        return channel;
    }

    void changeInterest(BaseChannel channel, int interest) {
        try {
            poller.interest(channel.watched(), interest);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    void release(BaseChannel channel) {
        poller.deregisterToClose(channel.watched());
        table.remove(channel);
        released.add(channel);
    }

    void forget(BaseChannel channel) {
        poller.deregister(channel.watched());
        table.remove(channel);
    }

    /** close(2), at the end of the pass: a number that came back within the pass could be taken for the old socket. */
    void closeReleased() {
        for (BaseChannel channel; (channel = released.poll()) != null; ) {
            channel.watched().close();
        }
    }

    /** The loop is being closed: tells every listener, whatever they throw. */
    void abortAll(Reporter reporter) {
        for (BaseChannel channel : table.all()) {
            try {
                if (reporter.isDebug() && channel.listener() instanceof Described described) {
                    reporter.report(ExceptionContext.of("Open when its event loop was closed", null)
                            .with("handle", described)
                            .withOrigin(described.origin()));
                }
                channel.loopClosing();
            } catch (Throwable escaped) {
                reporter.report("Exception while closing the loop", escaped, "handle", channel);
            }
        }
    }

    /** Those whose listeners did not close them. */
    void closeAll() {
        table.all().forEach(BaseChannel::close);
        closeReleased();
    }

    /** Asks the listeners what they are. */
    void describe(Inspection into) {
        for (BaseChannel channel : table.all()) {
            if (channel.listener() instanceof Described described) {
                described.describe(into);
            }
        }
    }

    int size() {
        return table.size();
    }
}
