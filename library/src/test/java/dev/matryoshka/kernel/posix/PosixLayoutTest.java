package dev.matryoshka.kernel.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Goal: no number of ours differs from the machine's headers. Method: each is asked of the C compiler by its name
 * there.
 */
class PosixLayoutTest {
    @Test
    void constantsAreThoseOfTheHeaders() throws IllegalAccessException {
        CCompiler.assertSameInC(Constants.class);
        CCompiler.assertSameInC(ProcessConstants.class);
    }

    @Test
    void errorNumbersAndWordsAreThoseOfTheHeaders() {
        Map<String, Integer> numbers = new TreeMap<>();
        Map<String, String> words = new TreeMap<>();
        for (Errno errno : Errno.values()) {
            numbers.put(errno.name(), errno.number);
            words.put("strerror(" + errno.name() + ")", errno.toString().replace(" (" + errno.name() + ")", ""));
        }
        assertThat(numbers).isEqualTo(CCompiler.ints(numbers.keySet()));
        assertThat(words).isEqualTo(CCompiler.strings(words.keySet()));
    }

    @Test
    void structsAreLaidOutAsDrawn() {
        Map<String, Integer> ours = Map.ofEntries(
                entry("sizeof(struct sockaddr_storage)", SocketAddresses.MAX_BYTES),
                entry("offsetof(struct sockaddr, sa_family)", SocketAddresses.FAMILY),
                entry("sizeof(struct sockaddr_in)", SocketAddresses.IN_BYTES),
                entry("offsetof(struct sockaddr_in, sin_port)", SocketAddresses.PORT),
                entry("offsetof(struct sockaddr_in, sin_addr)", SocketAddresses.IN_ADDRESS),
                entry("sizeof(struct sockaddr_in6)", SocketAddresses.IN6_BYTES),
                entry("offsetof(struct sockaddr_in6, sin6_port)", SocketAddresses.PORT),
                entry("offsetof(struct sockaddr_in6, sin6_flowinfo)", SocketAddresses.IN6_FLOW_INFO),
                entry("offsetof(struct sockaddr_in6, sin6_addr)", SocketAddresses.IN6_ADDRESS),
                entry("offsetof(struct sockaddr_in6, sin6_scope_id)", SocketAddresses.IN6_SCOPE_ID),
                entry("offsetof(struct sockaddr_un, sun_path)", SocketAddresses.UN_PATH),
                entry("sizeof(((struct sockaddr_un *) 0)->sun_path)", SocketAddresses.UN_PATH_BYTES),
                entry("sizeof(struct iovec)", BufferIo.IOVEC_BYTES),
                entry("offsetof(struct iovec, iov_base)", BufferIo.IOVEC_BASE),
                entry("offsetof(struct iovec, iov_len)", BufferIo.IOVEC_LENGTH),
                entry("sizeof(struct msghdr)", BufferIo.MSGHDR_BYTES),
                entry("offsetof(struct msghdr, msg_iov)", BufferIo.MSGHDR_IOV),
                entry("offsetof(struct msghdr, msg_iovlen)", BufferIo.MSGHDR_IOV_LENGTH),
                entry("sizeof(((struct msghdr *) 0)->msg_iovlen)", Long.BYTES),
                entry("offsetof(struct msghdr, msg_flags)", BufferIo.MSGHDR_FLAGS),
                entry("sizeof(struct linger)", 2 * Integer.BYTES),
                entry("offsetof(struct linger, l_onoff)", 0),
                entry("offsetof(struct linger, l_linger)", Integer.BYTES),
                entry("sizeof(siginfo_t)", ProcessLibc.SIGINFO_BYTES),
                entry("offsetof(siginfo_t, si_code)", ProcessLibc.SIGINFO_CODE),
                entry("offsetof(siginfo_t, si_pid)", ProcessLibc.SIGINFO_PID),
                entry("offsetof(siginfo_t, si_status)", ProcessLibc.SIGINFO_STATUS),
                entry("sizeof(struct pollfd)", ProcessLibc.POLLFD_BYTES),
                entry("offsetof(struct pollfd, events)", ProcessLibc.POLLFD_EVENTS),
                entry("POLLIN", (int) ProcessLibc.POLLIN),
                entry("sizeof(sigset_t)", PosixSpawn.SIGSET_BYTES),
                entry("sizeof(posix_spawn_file_actions_t) <= " + PosixSpawn.OPAQUE_BYTES, 1),
                entry("sizeof(posix_spawnattr_t) <= " + PosixSpawn.OPAQUE_BYTES, 1),
                entry("sizeof(socklen_t)", Integer.BYTES),
                entry("sizeof(size_t)", Long.BYTES));
        assertThat(CCompiler.ints(ours.keySet())).isEqualTo(ours);
    }
}
