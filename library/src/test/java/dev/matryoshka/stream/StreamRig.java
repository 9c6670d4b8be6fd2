package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A reader and a writer over a {@link FakeTransport}, on a loop with virtual time; the test is the loop's main task. When it
 * ends, no chunk may be in use, no task may be left, and nothing may have been reported that the test has not looked at.
 */
final class StreamRig {
    final EventLoop loop;
    final LoopEngine engine;
    final StreamProtocol protocol;
    final FakeTransport transport;
    final StreamReader reader;
    final StreamWriter writer;
    final Inbound inbound;

    /** What reached the loop's exception handler; a test that expects something clears it. */
    final List<ExceptionContext> reported = new ArrayList<>();

    private StreamRig(EventLoop loop, StreamOptions options, StreamHandler handler) {
        this.loop = loop;
        this.engine = Engines.of(loop);
        loop.setExceptionHandler((on, context) -> reported.add(context));
        this.protocol = new StreamProtocol(engine, options, handler);
        this.transport = new FakeTransport(loop, protocol);
        protocol.connectionMade(transport);
        StreamConnection connection = protocol.connection();
        this.reader = connection.reader();
        this.writer = connection.writer();
        this.inbound = protocol.inbound();
    }

    /** A test. */
    @FunctionalInterface
    interface Body {
        void run(StreamRig rig) throws Exception;
    }

    static void run(Body body) throws Exception {
        run(StreamOptions.defaults(), null, body);
    }

    static void run(int limit, Body body) throws Exception {
        run(new StreamOptions(limit), null, body);
    }

    static void run(StreamOptions options, StreamHandler handler, Body body) throws Exception {
        onLoop(loop -> {
            // The main task stands before the first pass; the test begins within one.
            Task.yield();
            StreamRig rig = new StreamRig(loop, options, handler);
            body.run(rig);
            rig.end();
        });
    }

    /** A main task on a loop of its own, with a network in memory. */
    static void onLoop(EventLoop.Main main) throws Exception {
        EventLoop.current();
        try (EventLoop loop = (EventLoop) Engines.open(LoopOptions.defaults(), new MemoryNetwork())) {
            loop.runUntilComplete(loop.createTask("test", () -> {
                main.run(loop);
                return true;
            }));
        }
    }

    private void end() throws InterruptedException {
        writer.close();
        transport.lose(null);
        pass();
        pass();
        assertThat(loop.allTasks()).as("tasks that are left").hasSize(1);
        assertThat(engine.readChunks().inUse()).as("chunks in use").isZero();
        assertThat(reported).as("reported failures").isEmpty();
    }

    // ---- what tests say -------------------------------------------------------------------------------------------

    void feed(String data) {
        transport.deliver(ascii(data));
    }

    void feed(byte[] data) {
        transport.deliver(data);
    }

    /** As a poll would: in a callback, so that the task that waits for it runs in the same pass; it has when this returns. */
    void arrives(String data) throws InterruptedException {
        loop.callSoon(() -> feed(data));
        pass();
    }

    void eof() {
        assertThat(transport.deliverEof()).as("stays half-open").isTrue();
    }

    /** Starts a task and lets it run to its first wait. */
    <T> Task<T> task(Callable<T> body) throws InterruptedException {
        Task<T> task = loop.createTask(body);
        pass();
        return task;
    }

    /** Lets everything that is ready run. */
    void pass() throws InterruptedException {
        Task.yield();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static String text(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return text(copy);
    }

    /** Bytes of which each position is recognisable. */
    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        return bytes;
    }
}
