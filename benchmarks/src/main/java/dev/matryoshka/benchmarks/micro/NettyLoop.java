package dev.matryoshka.benchmarks.micro;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Netty's loop on epoll, for as long as a trial lasts. On NIO its {@code execute} is slower: it writes to the selector's pipe again
 * after each turn, also while the loop is awake.
 */
@State(Scope.Benchmark)
public class NettyLoop {
    EventLoop loop;
    private MultiThreadIoEventLoopGroup group;

    /** Starts it. */
    @Setup(Level.Trial)
    public void start() {
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        loop = group.next();
    }

    /** Runs a body on the loop, and waits for it. */
    <T> T on(Callable<T> body) throws Exception {
        return loop.submit(body).get();
    }

    /** Stops it. */
    @TearDown(Level.Trial)
    public void stop() throws InterruptedException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
}
