package dev.matryoshka.layer;

import java.net.ProtocolException;

/** Bytes that should be a header of the PROXY protocol, and are not. The message says in one line what is wrong with them. */
public final class ProxyHeaderException extends ProtocolException {
    private static final long serialVersionUID = 1L;

    ProxyHeaderException(String message) {
        super(message);
    }
}
