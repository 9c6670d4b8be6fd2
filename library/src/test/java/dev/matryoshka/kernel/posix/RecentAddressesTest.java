package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.UNIX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Goal: an address that is kept is the one that was asked for, whoever drove out whom.
 *
 * <p>Method: seeded crowds from one peer to many times the table, compared with a conversion that keeps nothing.
 */
class RecentAddressesTest {
    private final Arena arena = Arena.ofAuto();
    private final RecentAddresses recent = new RecentAddresses(arena);
    private final MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, Long.BYTES);

    @Test
    void whatIsReadIsWhatTheKernelWrote() {
        for (int crowd : new int[] {1, 2, 10, 3 * RecentAddresses.PLACES}) {
            Random random = new Random(crowd);
            for (int i = 0; i < 5_000; i++) {
                SocketAddress written = peer(random.nextInt(crowd));
                recent.decode(memory, SocketAddresses.encode(written, family(written), memory));
                assertThat(recent.get()).isEqualTo(written);
            }
        }
    }

    @Test
    void whatIsWrittenIsWhatWasAskedFor() {
        for (int crowd : new int[] {1, 2, 10, 3 * RecentAddresses.PLACES}) {
            Random random = new Random(crowd);
            for (int i = 0; i < 5_000; i++) {
                SocketAddress wanted = peer(random.nextInt(crowd));
                int length = recent.encode(wanted, family(wanted));
                assertThat(bytes(MemorySegment.ofAddress(recent.pointer()).reinterpret(length), length))
                        .isEqualTo(bytes(memory, SocketAddresses.encode(wanted, family(wanted), memory)));
            }
        }
    }

    @Test
    void peersThatComeInTurnKeepTheirObjects() {
        int peers = 10;
        SocketAddress[] known = new SocketAddress[peers];
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < peers; i++) {
                recent.decode(
                        memory, SocketAddresses.encode(new InetSocketAddress("10.0.0.1", 4_000 + i), INET, memory));
                if (round == 3) {
                    assertThat(recent.get()).isSameAs(known[i]);
                }
                known[i] = recent.get();
            }
        }
    }

    @Test
    void whatIsNoAddressIsNotTakenForTheOneBeforeIt() {
        recent.decode(memory, SocketAddresses.encode(peer(1), family(peer(1)), memory));
        memory.set(JAVA_BYTE, SocketAddresses.FAMILY, (byte) 99);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> recent.decode(memory, SocketAddresses.IN_BYTES))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(recent.get()).isNull();
        }
    }

    /** Of one host, of many, and of the Unix domain. */
    private static SocketAddress peer(int number) {
        return switch (number % 3) {
            case 0 -> new InetSocketAddress("127.0.0.1", 1_000 + number);
            case 1 -> new InetSocketAddress("10.0." + number / 256 + "." + number % 256, 53);
            default -> UnixDomainSocketAddress.of("/run/peer" + number);
        };
    }

    private static StandardProtocolFamily family(SocketAddress address) {
        return address instanceof InetSocketAddress ? INET : UNIX;
    }

    private static byte[] bytes(MemorySegment memory, int length) {
        return memory.asSlice(0, length).toArray(JAVA_BYTE);
    }
}
