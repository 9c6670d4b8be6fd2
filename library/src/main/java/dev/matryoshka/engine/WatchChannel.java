package dev.matryoshka.engine;

import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;

/** A channel of something that moves no bytes, and only becomes readable: a child process that ends. Loop thread only. */
public final class WatchChannel extends BaseChannel {
    WatchChannel(Channels channels, Watchable watched, ChannelListener listener, long token) {
        super(channels, watched, listener, token);
    }

    /** Starts to watch a child process, which becomes readable at its end. Nothing is dispatched before the listener wants it. */
    public static WatchChannel open(LoopEngine engine, ChildProcess child, ChannelListener listener)
            throws IOException {
        engine.checkUsable();
        return engine.channels().watch(child, listener);
    }
}
