package dev.matryoshka.kernel.memory;

import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/** What the address book has to know of a socket to decide who may have an address. Guarded by the network's lock. */
sealed interface Bound permits SocketCore, DatagramCore {
    StandardProtocolFamily family();

    OptionValues options();

    boolean isIpv6Only();

    /** The bound IP address; null without one. */
    @Nullable
    InetAddress localIp();
}
