package dev.matryoshka.tls;

import dev.matryoshka.transport.Transport;
import java.io.IOException;
import javax.net.ssl.SSLSession;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timestamp;
import org.jspecify.annotations.Nullable;

/** A TLS handshake from its first step to its outcome, the peer's time and that of the executor included. Loop thread only. */
@Name("matryoshka.TlsHandshake")
@Label("TLS Handshake")
@Category({"Matryoshka", "Connection"})
@StackTrace(false)
final class TlsHandshakeEvent extends Event {
    @Label("Remote Address")
    String remote = "";

    @Label("Protocol")
    String protocol = "";

    @Label("Cipher Suite")
    String cipher = "";

    @Label("Session Created")
    @Description(
            "Before the start of this event: the session is an older one that was resumed. 0 when the handshake failed")
    @Timestamp(Timestamp.MILLISECONDS_SINCE_EPOCH)
    long sessionCreated;

    @Label("Outcome")
    String outcome = "";

    /** Null unless somebody records: then nothing is asked for, and nothing kept. */
    static @Nullable TlsHandshakeEvent started() {
        TlsHandshakeEvent event = new TlsHandshakeEvent();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    void succeeded(TlsTransport transport) {
        SSLSession session = transport.session();
        protocol = session.getProtocol();
        cipher = session.getCipherSuite();
        sessionCreated = session.getCreationTime();
        ended(transport, "succeeded");
    }

    void failed(Throwable why, Transport lower) {
        ended(lower, why instanceof IOException ? String.valueOf(why.getMessage()) : String.valueOf(why));
    }

    private void ended(Transport transport, String how) {
        remote = String.valueOf(transport.remoteAddress());
        outcome = how;
        commit();
    }
}
