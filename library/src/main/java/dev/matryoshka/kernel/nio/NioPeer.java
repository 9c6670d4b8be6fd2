package dev.matryoshka.kernel.nio;

import dev.matryoshka.address.PeerCredentials;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import jdk.net.UnixDomainPrincipal;

/**
 * Who is at the other end of a channel. The JDK tells names and no numbers, through an option of the module jdk.net, which need
 * not be there: so the option is found by its name, and the module is named only where the option has answered.
 */
final class NioPeer {
    private static final String OPTION = "SO_PEERCRED";

    private NioPeer() {}

    /** @throws UnsupportedOperationException this JDK or this system does not tell */
    static PeerCredentials of(SocketChannel channel) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals(OPTION) && channel.getOption(option) instanceof UnixDomainPrincipal peer) {
                return new PeerCredentials(
                        PeerCredentials.UNKNOWN,
                        PeerCredentials.UNKNOWN,
                        PeerCredentials.UNKNOWN,
                        peer.user().getName(),
                        peer.group().getName());
            }
        }
        throw new UnsupportedOperationException(OPTION + " needs the module jdk.net, and a system that has it");
    }
}
