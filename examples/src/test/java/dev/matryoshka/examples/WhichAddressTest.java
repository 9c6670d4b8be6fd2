package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** A host of whose addresses one takes a connection, and one of which none does. */
class WhichAddressTest {
    @Test
    void theAddressThatListensIsTaken() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String printed = Output.of(WhichAddress::main, "localhost", listener.getLocalPort());

            assertThat(printed).contains("has  127.0.0.1\n").endsWith("/127.0.0.1:" + listener.getLocalPort() + "\n");
        }
    }

    @Test
    void whereNobodyListensTheFailureSaysSo() throws Exception {
        try (Refusing nobody = Refusing.open()) {
            assertThatThrownBy(() -> Output.of(WhichAddress::main, "localhost", nobody.port()))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining(String.valueOf(nobody.port()));
        }
    }
}
