package dev.matryoshka.transport;

import dev.matryoshka.engine.Instants;
import dev.matryoshka.engine.LoopEngine;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Ends the connections of one server on which nothing moves. Loop thread only.
 *
 * <p>Nothing is done per message: a connection counts its bytes anyway, and is looked at four times per limit. Bytes that came
 * between two looks are taken to have come just before the second, so that a connection is never ended too early, and at most a
 * quarter of the limit late. A reading of the clock per message would be exact and cost each message what nobody needs.
 */
final class ConnectionTimeouts {
    private static final int LOOKS_PER_LIMIT = 4;

    private final LoopEngine engine;
    private final ServerOptions.Connections limits;
    private final long idleNanos;
    private final @Nullable DeadlineQueue idle;
    private final @Nullable DeadlineQueue firstByte;

    ConnectionTimeouts(LoopEngine engine, ServerOptions.Connections limits) {
        this.engine = engine;
        this.limits = limits;
        this.idleNanos = Instants.delayNanos(limits.idleTimeout());
        long firstByteNanos = Instants.delayNanos(limits.firstByteTimeout());
        this.idle = idleNanos == 0
                ? null
                : new DeadlineQueue(engine, Math.max(1, idleNanos / LOOKS_PER_LIMIT), this::lookIfIdle);
        this.firstByte = firstByteNanos == 0 ? null : new DeadlineQueue(engine, firstByteNanos, this::lookForFirstByte);
    }

    /** A connection was accepted. */
    void add(SocketTransport client) {
        long now = engine.time();
        if (idle != null) {
            DeadlineQueue.Entry entry = new DeadlineQueue.Entry(client);
            entry.quietSince = now;
            client.idleEntry = entry;
            idle.add(entry, now);
        }
        if (firstByte != null) {
            client.firstByteEntry = new DeadlineQueue.Entry(client);
            firstByte.add(client.firstByteEntry, now);
        }
    }

    /** It is lost. */
    void remove(SocketTransport client) {
        if (idle != null && client.idleEntry != null) {
            idle.remove(client.idleEntry);
        }
        if (firstByte != null && client.firstByteEntry != null) {
            firstByte.remove(client.firstByteEntry);
        }
    }

    private void lookIfIdle(DeadlineQueue.Entry entry) {
        SocketTransport client = entry.client;
        long now = engine.time();
        long bytes = client.bytesIn() + client.bytesOut();
        if (bytes != entry.bytesSeen) {
            entry.bytesSeen = bytes;
            entry.quietSince = now;
        } else if (now - entry.quietSince >= idleNanos) {
            end(client, "no byte moved for " + limits.idleTimeout());
            return;
        }
        if (idle != null) {
            idle.add(entry, now);
        }
    }

    private void lookForFirstByte(DeadlineQueue.Entry entry) {
        if (entry.client.bytesIn() == 0) {
            end(entry.client, "no byte came within " + limits.firstByteTimeout());
        }
    }

    private static void end(SocketTransport client, String why) {
        client.fatal("Connection timed out", new SocketTimeoutException(why + ": " + client.remoteAddress()));
    }
}
