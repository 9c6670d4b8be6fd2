package dev.matryoshka.transport;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * Flight-recorder events of connections. No address is asked for unless somebody records. The events themselves are asked
 * whether they are enabled, not their types: getting a type starts the recorder's machinery, which costs half a second.
 */
final class ConnectionEvents {
    private ConnectionEvents() {}

    static void opened(SocketTransport transport) {
        ConnectionOpened event = new ConnectionOpened();
        if (event.isEnabled()) {
            event.local = String.valueOf(transport.localAddress());
            event.remote = String.valueOf(transport.remoteAddress());
            event.commit();
        }
    }

    static void closed(SocketTransport transport, long ageNanos) {
        ConnectionClosed event = new ConnectionClosed();
        if (event.isEnabled()) {
            event.remote = String.valueOf(transport.remoteAddress());
            event.bytesIn = transport.bytesIn();
            event.bytesOut = transport.bytesOut();
            event.age = ageNanos;
            event.reason = transport.cause() == null ? "closed" : String.valueOf(transport.cause());
            event.commit();
        }
    }

    @Name("matryoshka.ConnectionOpened")
    @Label("Connection Opened")
    @Category({"Matryoshka", "Connection"})
    @StackTrace(false)
    static final class ConnectionOpened extends Event {
        @Label("Local Address")
        String local = "";

        @Label("Remote Address")
        String remote = "";
    }

    @Name("matryoshka.ConnectionClosed")
    @Label("Connection Closed")
    @Category({"Matryoshka", "Connection"})
    @StackTrace(false)
    static final class ConnectionClosed extends Event {
        @Label("Remote Address")
        String remote = "";

        @Label("Bytes In")
        @DataAmount
        long bytesIn;

        @Label("Bytes Out")
        @DataAmount
        long bytesOut;

        @Label("Age")
        @Timespan(Timespan.NANOSECONDS)
        long age;

        @Label("Reason")
        String reason = "";
    }
}
