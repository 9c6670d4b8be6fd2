package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static java.net.StandardProtocolFamily.UNIX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: an address is the same after a visit to the kernel's structs. Method: bytes by hand, and round trips. */
class SocketAddressesTest {
    private final MemorySegment memory = MemorySegment.ofArray(new byte[SocketAddresses.MAX_BYTES]);

    @Test
    void ipv4IsFamilyPortAddressAndZeros() {
        assertThat(bytes(new InetSocketAddress("192.0.2.1", 0x1234), INET))
                .isEqualTo("0200" + "1234" + "c0000201" + "0000000000000000");
    }

    @Test
    void ipv6HasItsScopeAtTheEnd() throws UnknownHostException {
        InetAddress linkLocal = Inet6Address.getByAddress(null, ip("fe800000000000000000000000000001"), 3);
        assertThat(bytes(new InetSocketAddress(linkLocal, 80), INET6))
                .isEqualTo("0a00" + "0050" + "00000000" + "fe800000000000000000000000000001" + "03000000");
    }

    @Test
    void ipv4OnAnIpv6SocketIsMapped() {
        assertThat(bytes(new InetSocketAddress("192.0.2.1", 80), INET6))
                .isEqualTo("0a00" + "0050" + "00000000" + "00000000000000000000ffffc0000201" + "00000000");
    }

    @Test
    void aMappedAddressComesBackAsIpv4() {
        SocketAddress mapped = roundTrip(new InetSocketAddress("192.0.2.1", 80), INET6);
        assertThat(mapped).isEqualTo(new InetSocketAddress("192.0.2.1", 80));
        assertThat(((InetSocketAddress) mapped).getAddress()).isInstanceOf(Inet4Address.class);
    }

    @Test
    void aScopeSurvives() throws UnknownHostException {
        InetAddress linkLocal = Inet6Address.getByAddress(null, ip("fe800000000000000000000000000001"), 7);
        InetSocketAddress back = (InetSocketAddress) roundTrip(new InetSocketAddress(linkLocal, 80), INET6);
        assertThat(back.getAddress()).isEqualTo(linkLocal);
        assertThat(((Inet6Address) back.getAddress()).getScopeId()).isEqualTo(7);
    }

    /** One group on two interfaces, as who asks for a name on all of them sends to it. */
    @Test
    void anAddressWithAnotherScopeIsNotTheOneThatWasSentToLast() throws UnknownHostException {
        RecentAddresses last = new RecentAddresses(Arena.ofAuto());
        for (int scope : new int[] {2, 3, 3, 2, 0}) {
            InetAddress group = Inet6Address.getByAddress(null, ip("ff0200000000000000000000000000fb"), scope);
            assertThat(last.encode(new InetSocketAddress(group, 5353), INET6)).isEqualTo(SocketAddresses.IN6_BYTES);
            MemorySegment written = MemorySegment.ofAddress(last.pointer()).reinterpret(SocketAddresses.IN6_BYTES);
            assertThat(written.get(JAVA_BYTE, SocketAddresses.IN6_SCOPE_ID)).isEqualTo((byte) scope);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 32768, 65535})
    void everyPortSurvives(int port) {
        assertThat(roundTrip(new InetSocketAddress("127.0.0.1", port), INET))
                .isEqualTo(new InetSocketAddress("127.0.0.1", port));
        assertThat(roundTrip(new InetSocketAddress("::1", port), INET6)).isEqualTo(new InetSocketAddress("::1", port));
    }

    @Test
    void leftoversInTheMemoryDoNotShowThrough() {
        memory.fill((byte) 0xff);
        assertThat(bytes(new InetSocketAddress("1.2.3.4", 5), INET)).endsWith("0000000000000000");
        memory.fill((byte) 0xff);
        assertThat(bytes(new InetSocketAddress("::1", 5), INET6)).startsWith("0a000005" + "00000000");
        memory.fill((byte) 0xff);
        assertThat(roundTrip(UnixDomainSocketAddress.of("/a"), UNIX)).isEqualTo(UnixDomainSocketAddress.of("/a"));
    }

    @Test
    void aUnixPathEndsWithANul() {
        assertThat(bytes(UnixDomainSocketAddress.of("/tmp/a"), UNIX)).isEqualTo("0100" + "2f746d702f61" + "00");
        assertThat(roundTrip(UnixDomainSocketAddress.of("/tmp/a"), UNIX))
                .isEqualTo(UnixDomainSocketAddress.of("/tmp/a"));
    }

    @Test
    void anAbstractNameBeginsWithANulAndHasNoEnd() {
        AbstractUnixAddress name = AbstractUnixAddress.of(new byte[] {'a', 0, 'b'});
        assertThat(bytes(name, UNIX)).isEqualTo("0100" + "00" + "610062");
        assertThat(roundTrip(name, UNIX)).isEqualTo(name).isNotEqualTo(AbstractUnixAddress.of("a"));
        assertThat(AbstractUnixAddress.of("echo")).hasToString("@echo");
    }

    @Test
    void noNameIsTheFamilyAlone() {
        assertThat(bytes(UnixDomainSocketAddress.of(""), UNIX)).isEqualTo("0100");
        assertThat(roundTrip(UnixDomainSocketAddress.of(""), UNIX)).isEqualTo(UnixDomainSocketAddress.of(""));
        assertThat(SocketAddresses.decode(memory, 0)).isEqualTo(UnixDomainSocketAddress.of(""));
    }

    @Test
    void theLongestNamesHave107Bytes() {
        assertThat(encode(UnixDomainSocketAddress.of("/" + "a".repeat(106)), UNIX))
                .isEqualTo(110);
        assertThat(encode(UnixDomainSocketAddress.of("/" + "a".repeat(107)), UNIX))
                .isEqualTo(-Errno.ENAMETOOLONG.number);
        assertThat(encode(AbstractUnixAddress.of("a".repeat(107)), UNIX)).isEqualTo(110);
        assertThat(encode(AbstractUnixAddress.of("a".repeat(108)), UNIX)).isEqualTo(-Errno.ENAMETOOLONG.number);
    }

    @Test
    void aFullPathWithoutNulIsReadToItsEnd() {
        memory.fill((byte) 'a');
        memory.set(JAVA_BYTE, 0, (byte) 1);
        memory.set(JAVA_BYTE, 1, (byte) 0);
        assertThat(SocketAddresses.decode(memory, 110)).isEqualTo(UnixDomainSocketAddress.of("a".repeat(108)));
    }

    @Test
    void anAddressOfAnotherFamilyIsRefused() {
        SocketAddress six = new InetSocketAddress("::1", 1);
        SocketAddress path = UnixDomainSocketAddress.of("/a");
        assertThatThrownBy(() -> encode(six, INET)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> encode(six, UNIX)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> encode(path, INET)).isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> encode(AbstractUnixAddress.of("a"), INET6))
                .isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> encode(InetSocketAddress.createUnresolved("example.org", 1), INET))
                .isInstanceOf(UnresolvedAddressException.class);
    }

    @Test
    void textIsWhatAHumanWouldType() throws UnknownHostException {
        assertThat(SocketAddresses.text(new InetSocketAddress("127.0.0.1", 80))).isEqualTo("127.0.0.1:80");
        assertThat(SocketAddresses.text(new InetSocketAddress("::1", 80))).isEqualTo("[0:0:0:0:0:0:0:1]:80");
        InetAddress named = InetAddress.getByAddress("example.org", new byte[] {1, 2, 3, 4});
        assertThat(SocketAddresses.text(new InetSocketAddress(named, 80))).isEqualTo("example.org/1.2.3.4:80");
    }

    private int encode(SocketAddress address, StandardProtocolFamily family) {
        return SocketAddresses.encode(address, family, memory);
    }

    private String bytes(SocketAddress address, StandardProtocolFamily family) {
        return HexFormat.of()
                .formatHex(memory.asSlice(0, encode(address, family)).toArray(JAVA_BYTE));
    }

    private SocketAddress roundTrip(SocketAddress address, StandardProtocolFamily family) {
        return SocketAddresses.decode(memory, encode(address, family));
    }

    private static byte[] ip(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
