package dev.matryoshka.tls;

import java.io.Serial;
import javax.net.ssl.SSLException;

/**
 * The connection ended without the peer's close_notify: what was received may be a part of what the peer meant to send, and
 * anybody on the way could have cut it off (RFC 8446, section 6.1). A protocol that knows by itself where its messages end
 * may allow it: {@link TlsOptions#withTruncationAllowed}.
 */
public final class TlsTruncatedException extends SSLException {
    @Serial
    private static final long serialVersionUID = 1;

    TlsTruncatedException() {
        super("the connection ended without a TLS close_notify; what was received may be incomplete");
    }
}
