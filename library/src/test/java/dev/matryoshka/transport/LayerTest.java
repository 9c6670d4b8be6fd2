package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Goal: a server ends a connection where its user sees it, above all layers. Method: layers that note what passes them. */
@ExtendWith(LeakCheck.class)
class LayerTest {
    /** Passes everything on, and notes who ends it. */
    private static final class Noting implements Protocol, Layer {
        private final String name;
        private final List<String> log;
        private final BaseProtocol user;
        private Transport upper;

        Noting(String name, List<String> log, BaseProtocol user) {
            this.name = name;
            this.log = log;
            this.user = user;
        }

        @Override
        public Transport upper() {
            return upper;
        }

        @Override
        public void connectionMade(Transport lower) {
            upper = new Upper(lower);
            user.connectionMade(upper);
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            ((Protocol) user).dataReceived(data);
        }

        @Override
        public void connectionLost(Throwable exception) {
            user.connectionLost(exception);
        }

        private final class Upper extends ForwardingTransport {
            Upper(Transport lower) {
                super(lower);
            }

            @Override
            public void close() {
                log.add(name + " close");
                super.close();
            }

            @Override
            public void abort() {
                log.add(name + " abort");
                super.abort();
            }

            @Override
            public void setProtocol(BaseProtocol protocol) {
                throw new UnsupportedOperationException();
            }

            @Override
            public BaseProtocol protocol() {
                return user;
            }
        }
    }

    @Test
    void closeClientsEndsTheOutermostTransportOfEachConnection() throws Exception {
        assertThat(endedBy(Server::closeClients)).containsExactly("outer close", "inner close");
    }

    @Test
    void abortClientsEndsTheOutermostTransportOfEachConnection() throws Exception {
        assertThat(endedBy(Server::abortClients)).containsExactly("outer abort", "inner abort");
    }

    private interface Ending {
        void end(Server server);
    }

    private static List<String> endedBy(Ending ending) throws Exception {
        List<String> log = new ArrayList<>();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Recorder user = new Recorder();
                Recorder client = new Recorder();
                Server server = on.loop.createServer(
                        () -> new Noting("inner", log, new Noting("outer", log, user)), "127.0.0.1", 0);
                on.loop.createConnection(() -> client, "127.0.0.1", server.port());
                on.until("made", user.heard::isMade);
                server.close();
                ending.end(server);
                on.until("lost on both sides", () -> user.heard.isLost() && client.heard.isLost());
            });
        }
        return log;
    }

    @Test
    void aConnectionWithoutLayersIsItsOwnOutermost() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Recorder user = new Recorder();
                try (Server server = on.loop.createServer(() -> user, "127.0.0.1", 0)) {
                    Transport client = on.loop
                            .createConnection(Recorder::new, "127.0.0.1", server.port())
                            .transport();
                    assertThat(Layer.outermost(client)).isSameAs(client);
                    client.abort();
                }
            });
        }
    }

    /** What a new method of Transport would otherwise do on a layer: its default, past the transport below. */
    @Test
    void nothingIsForgottenToForward() {
        Set<String> missing = new TreeSet<>();
        for (Method method : Transport.class.getMethods()) {
            boolean forwarded = Arrays.stream(ForwardingTransport.class.getDeclaredMethods())
                    .anyMatch(own -> own.getName().equals(method.getName())
                            && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
            if (!forwarded) {
                missing.add(method.getName());
            }
        }
        assertThat(missing).as("left to the layer").containsExactly("protocol", "setProtocol");
    }
}
