package dev.matryoshka.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.matryoshka.support.Proves;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: RFC 8305, section 4: the families take turns, nothing is lost or tried twice, and within a family the resolver's order
 * stays. Method: addresses by short names, {@code s1} for an IPv6 one, {@code f1} for an IPv4 one.
 */
@Proves("create_connection")
class HappyEyeballsTest {
    private static InetSocketAddress address(String name) {
        String literal = (name.startsWith("s") ? "2001:db8::" : "192.0.2.") + name.substring(1);
        return new InetSocketAddress(InetAddress.ofLiteral(literal), 80);
    }

    private static List<InetSocketAddress> addresses(String names) {
        return names == null
                ? List.of()
                : Arrays.stream(names.split(" "))
                        .map(HappyEyeballsTest::address)
                        .toList();
    }

    /** The address of a router is the same on each of its networks. */
    @Test
    void oneAddressOnTwoInterfacesIsTriedOnBoth() throws UnknownHostException {
        List<InetAddress> found = new ArrayList<>();
        for (int scope : new int[] {1, 2, 1}) {
            found.add(Inet6Address.getByAddress(
                    null, InetAddress.ofLiteral("fe80::1").getAddress(), scope));
        }
        List<InetSocketAddress> ordered = new HappyEyeballs(null, 1).order(HostAddresses.withPort(found, 80));
        assertThat(ordered)
                .extracting(address -> ((Inet6Address) address.getAddress()).getScopeId())
                .containsExactly(1, 2);
        assertThat(HostAddresses.distinct(found)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "1, s1 s2 s3 f1 f2, s1 f1 s2 f2 s3",
        "1, f1 f2 s1, f1 s1 f2",
        "1, s1 f1, s1 f1",
        "1, s1 s2, s1 s2",
        "1, s1, s1",
        "1, f1 s1 f2 s2 f3, f1 s1 f2 s2 f3",
        "1, ,",
        "2, s1 s2 s3 f1 f2, s1 s2 f1 s3 f2",
        "3, s1 s2 s3 f1 f2, s1 s2 s3 f1 f2",
        "9, s1 s2 f1 f2, s1 s2 f1 f2",
        "9, ,",
        "0, s1 s2 f1 s3, s1 s2 f1 s3",
        "1, s1 s2 s1 f1 f1 s2, s1 f1 s2",
        "0, f1 f1 s1, f1 s1"
    })
    void theFamiliesTakeTurns(int firstFamilyCount, String given, String ordered) {
        HappyEyeballs eyeballs = new HappyEyeballs(null, firstFamilyCount);
        assertThat(eyeballs.order(addresses(given))).isEqualTo(addresses(ordered));
    }

    @Test
    void theLargestCountIsAsManyAsThereAre() {
        HappyEyeballs eyeballs = new HappyEyeballs(null, Integer.MAX_VALUE);
        assertTimeoutPreemptively(
                Duration.ofSeconds(2),
                () -> assertThat(eyeballs.order(addresses("s1 s2 f1 f2"))).isEqualTo(addresses("s1 s2 f1 f2")));
    }

    @Test
    void aThousandAddressesStayAThousand() {
        List<InetSocketAddress> many = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            many.add(new InetSocketAddress(
                    InetAddress.ofLiteral(i % 7 == 0 ? "10.0." + i / 250 + "." + i % 250 : "2001:db8::" + i), 80));
        }
        assertThat(HappyEyeballs.ON.order(many)).containsExactlyInAnyOrderElementsOf(many);
    }

    @Test
    void theDefaultsAreThoseOfTheRfc() {
        assertThat(HappyEyeballs.ON).isEqualTo(new HappyEyeballs(Duration.ofMillis(250), 1));
        assertThat(HappyEyeballs.OFF).isEqualTo(new HappyEyeballs(null, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.0099S", "-PT1S", "PT60.001S"})
    void aDelayOutsideOfWhatTheRfcAllowsIsRefused(Duration delay) {
        assertThatThrownBy(() -> new HappyEyeballs(delay, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(delay.toString());
    }

    @Test
    void theBordersOfTheDelayAreAllowedAndACountBelowZeroIsNot() {
        assertThat(new HappyEyeballs(Duration.ofMillis(10), 1).delay()).hasMillis(10);
        assertThat(new HappyEyeballs(Duration.ofSeconds(60), 1).delay()).hasSeconds(60);
        assertThatThrownBy(() -> new HappyEyeballs(null, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
