package dev.matryoshka.engine;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.ReadySink;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The sockets of one loop: which there are, which of them somebody has to look at, and which are to be closed when the pass
 * is over. Loop thread only.
 */
final class Channels implements ReadySink {
    private final Poller poller;
    private final ChannelTable table = new ChannelTable();
    private final ReadyQueue<Channel> ready = new ReadyQueue<>();
    private final ReadyQueue<Channel> released = new ReadyQueue<>();

    Channels(Poller poller) {
        this.poller = poller;
    }

    /**
     * Nothing is dispatched before the listener wants it. A registration begins with interest READABLE, which is taken back: a
     * level-triggered poller would report bytes that nobody takes at every poll.
     */
    Channel watch(NonBlockingSocket socket, ChannelListener listener) throws IOException {
        Channel channel = new Channel(this, socket, listener, table.nextToken());
        poller.register(socket, channel.token);
        poller.interest(socket, 0);
        table.put(channel);
        return channel;
    }

    /** The poller found something. A token whose channel is gone is stale, and ignored. */
    @Override
    public void ready(long token, int readiness) {
        Channel channel = table.get(token);
        if (channel != null) {
            channel.note(readiness);
            dispatchSoon(channel);
        }
    }

    void dispatchSoon(Channel channel) {
        if (!channel.queued) {
            channel.queued = true;
            ready.add(channel);
        }
    }

    int readyCount() {
        return ready.size();
    }

    /** The next one to be dispatched. */
    Channel next() {
        Channel channel = ready.poll();
        assert channel != null : "the caller counts";
        channel.queued = false;
        return channel;
    }

    void changeInterest(Channel channel, int interest) {
        try {
            poller.interest(channel.socket(), interest);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    void release(Channel channel) {
        forget(channel);
        released.add(channel);
    }

    void forget(Channel channel) {
        poller.deregister(channel.socket());
        table.remove(channel);
    }

    /** close(2), at the end of the pass: a number that came back within the pass could be taken for the old socket. */
    void closeReleased() {
        for (Channel channel; (channel = released.poll()) != null; ) {
            channel.socket().close();
        }
    }

    /** The loop is being closed: tells every listener, whatever they throw. */
    void abortAll(Reporter reporter) {
        for (Channel channel : table.all()) {
            try {
                channel.loopClosing();
            } catch (Throwable escaped) {
                reporter.report("Exception while closing the loop", escaped, "handle", channel);
            }
        }
    }

    /** Those whose listeners did not close them. */
    void closeAll() {
        table.all().forEach(Channel::close);
        closeReleased();
    }

    int size() {
        return table.size();
    }
}
