package dev.matryoshka.kernel.memory;

import java.net.StandardProtocolFamily;

/** The kinds of sockets that differ in their options. */
enum SocketKind {
    TCP("a stream socket"),
    UNIX_STREAM("a Unix socket"),
    UDP("a datagram socket"),
    UNIX_DATAGRAM("a Unix datagram socket");

    final String words;

    SocketKind(String words) {
        this.words = words;
    }

    static SocketKind stream(StandardProtocolFamily family) {
        return family == StandardProtocolFamily.UNIX ? UNIX_STREAM : TCP;
    }

    static SocketKind datagram(StandardProtocolFamily family) {
        return family == StandardProtocolFamily.UNIX ? UNIX_DATAGRAM : UDP;
    }
}
