package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.resolve.HappyEyeballs;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: an option changes itself and nothing else, and what cannot work is refused when it is said, with its value. */
@Proves("create_connection")
class ConnectOptionsTest {
    private static final ConnectOptions PLAIN = ConnectOptions.defaults();

    @Test
    void theDefaultsAreRacesInThirtySeconds() {
        assertThat(PLAIN.route()).isEqualTo(Route.ANY);
        assertThat(PLAIN.happyEyeballs()).isEqualTo(HappyEyeballs.ON);
        assertThat(PLAIN.timeout()).hasSeconds(30);
        assertThat(PLAIN.socketOptions()).isEmpty();
        assertThat(PLAIN.writeLimits()).isEqualTo(WaterMarks.DEFAULT);
    }

    @Test
    void eachWitherKeepsWhatTheOthersSaid() {
        ConnectOptions all = PLAIN.withFamily(StandardProtocolFamily.INET6)
                .withResolver(host -> null)
                .withLocalAddress(Peer.loopback(0))
                .withHappyEyeballsDelay(Duration.ofMillis(50))
                .withTimeout(Duration.ofSeconds(3))
                .withKeepAlive(true)
                .withNoDelay(false)
                .withWriteLimits(WaterMarks.high(7));
        assertThat(all.route().family()).isEqualTo(StandardProtocolFamily.INET6);
        assertThat(all.route().resolver()).isNotNull();
        assertThat(all.route().localAddresses()).containsExactly(Peer.loopback(0));
        assertThat(all.happyEyeballs()).isEqualTo(new HappyEyeballs(Duration.ofMillis(50), 1));
        assertThat(all.timeout()).hasSeconds(3);
        assertThat(all.socketOptions())
                .containsEntry(StandardSocketOptions.SO_KEEPALIVE, true)
                .containsEntry(StandardSocketOptions.TCP_NODELAY, false)
                .hasSize(2);
        assertThat(all.writeLimits()).isEqualTo(WaterMarks.high(7));
        assertThat(all.withFamily(null)
                        .withResolver(null)
                        .withLocalAddresses(List.of())
                        .withHappyEyeballs(HappyEyeballs.ON)
                        .withTimeout(Duration.ofSeconds(30))
                        .withWriteLimits(WaterMarks.DEFAULT)
                        .route())
                .isEqualTo(Route.ANY);
    }

    @Test
    void theLastWordOnASocketOptionCounts() {
        assertThat(PLAIN.withKeepAlive(true).withKeepAlive(false).socketOptions())
                .containsExactly(java.util.Map.entry(StandardSocketOptions.SO_KEEPALIVE, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "-PT1S"})
    void aTimeoutThatIsNotPositiveIsRefused(Duration timeout) {
        assertThatThrownBy(() -> PLAIN.withTimeout(timeout))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(timeout.toString());
    }

    @Test
    void aFamilyThatHostsDoNotHaveIsRefused() {
        assertThatThrownBy(() -> PLAIN.withFamily(StandardProtocolFamily.UNIX))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("UNIX");
    }

    @Test
    void aLocalAddressMayBeALiteralButNoName() {
        assertThat(PLAIN.withLocalAddress(InetSocketAddress.createUnresolved("127.0.0.1", 7))
                        .route()
                        .localAddresses())
                .containsExactly(Peer.loopback(7));
        assertThatThrownBy(() -> PLAIN.withLocalAddresses(
                        List.of(Peer.loopback(0), InetSocketAddress.createUnresolved("somewhere.invalid", 0))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("somewhere.invalid");
    }
}
