package dev.matryoshka.cli.proxy;

import dev.matryoshka.layer.ProxyHeader;
import dev.matryoshka.layer.ProxyProtocol;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsSide;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection and the one that is made for it. Loop thread only.
 *
 * <p>The client is not read from until the target is there; what it has sent waits in the kernel. The target's connection is
 * made plain first, with the PROXY header if one is sent, and then turned into TLS: the header stands outside.
 */
final class Relay {
    private final Loop loop;
    private final ProxyPlan plan;
    private final Counters counters;
    private final Half front;
    private final Half back;

    /** What is under way until the two are joined. */
    private @Nullable CompletableFuture<?> connecting;

    private @Nullable TimerHandle timer;
    private boolean joined;

    Relay(Loop loop, ProxyPlan plan, Counters counters) {
        this.loop = loop;
        this.plan = plan;
        this.counters = counters;
        this.front = new Half(this, true, true);
        this.back = new Half(this, false, plan.back().tls() == null);
    }

    Half front() {
        return front;
    }

    // ---- becoming one ---------------------------------------------------------------------------------------------

    void frontMade() {
        counters.connections++;
        timer = loop.callLater(plan.connectTimeout(), this::tooLate);
        Supplier<BaseProtocol> factory = () -> back;
        ProxyHeader.Version version = plan.back().send();
        if (version != null) {
            ProxyHeader header = ProxyHeader.of(Objects.requireNonNull(front.transport()));
            factory = ProxyProtocol.send(factory, made -> header, version);
        }
        CompletableFuture<Connection<BaseProtocol>> connection =
                plan.back().endpoint().connect(loop, factory, ConnectOptions.defaults());
        connecting = connection;
        connection.whenComplete((made, failure) -> {
            if (failure != null) {
                failed(failure);
            } else {
                secure();
            }
        });
    }

    private void secure() {
        TlsOptions tls = plan.back().tls();
        Transport plain = back.transport();
        if (tls == null || plain == null || plain.isClosing()) {
            join();
            return;
        }
        CompletableFuture<TlsTransport> handshake =
                Tls.startTlsAsync(plain, back, tls, TlsSide.CLIENT, ByteBuffer.allocate(0));
        connecting = handshake;
        handshake.whenComplete((secured, failure) -> {
            if (failure != null) {
                failed(failure);
            } else {
                back.setTransport(secured);
                join();
            }
        });
    }

    private void join() {
        stopTimer();
        connecting = null;
        joined = true;
        Transport here = front.transport();
        Transport there = back.transport();
        if (here == null || there == null || front.isLost() || back.isLost() || here.isClosing()) {
            endBoth();
            return;
        }
        here.resumeReading();
        there.resumeReading();
    }

    private void tooLate() {
        timer = null;
        CompletableFuture<?> step = connecting;
        if (step != null) {
            failed(new IOException("not within " + plan.connectTimeout().toMillis() + " ms"));
            step.cancel(true);
        }
    }

    /** Told once, and not at all when the client has gone meanwhile. */
    private void failed(Throwable failure) {
        if (connecting == null) {
            return;
        }
        connecting = null;
        stopTimer();
        if (!front.isLost()) {
            error("cannot connect to " + plan.back().endpoint(), failure);
        }
        endBoth();
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void endBoth() {
        for (Half half : new Half[] {front, back}) {
            Transport transport = half.transport();
            if (transport != null) {
                transport.abort();
            }
        }
    }

    // ---- being one ------------------------------------------------------------------------------------------------

    /** The transport of the other side, once the two are joined. */
    @Nullable
    Transport other(boolean isFront) {
        return joined ? (isFront ? back : front).transport() : null;
    }

    void count(boolean fromFront, int byteCount) {
        if (fromFront) {
            counters.bytesToTarget += byteCount;
        } else {
            counters.bytesToClient += byteCount;
        }
    }

    /** When both directions have come to their end there is nothing left but to flush. */
    void ended(boolean isFront) {
        Transport other = other(isFront);
        if (other == null) {
            return;
        }
        if (front.isEnded() && back.isEnded()) {
            close(front);
            close(back);
        } else {
            other.writeEof();
        }
    }

    private static void close(Half half) {
        Transport transport = half.transport();
        if (transport != null) {
            transport.close();
        }
    }

    /** The other side ends in the same way: after what is on its way, or at once. */
    void lost(boolean isFront, @Nullable Throwable exception) {
        CompletableFuture<?> step = connecting;
        if (step != null) {
            if (isFront) {
                connecting = null;
                stopTimer();
                step.cancel(true);
                endBoth();
            }
            return;
        }
        Transport other = other(isFront);
        if (other == null || other.isClosing()) {
            return;
        }
        if (exception == null) {
            other.close();
        } else {
            error(
                    "connection "
                            + (isFront ? "from a client" : "to " + plan.back().endpoint()) + " broke",
                    exception);
            reset(other);
        }
    }

    private static void reset(Transport transport) {
        try {
            transport.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException | UnsupportedOperationException none) {
            // then it ends without one
        }
        transport.abort();
    }

    private void error(String what, Throwable failure) {
        counters.errors++;
        String message = failure.getMessage();
        plan.complain()
                .accept(what + ": " + (message == null ? failure.getClass().getSimpleName() : message));
    }
}
