package dev.matryoshka.kernel.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.kernel.posix.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Goal: who cannot have epoll is told why and what to do. Method: the answers for other machines, and a JVM without
 * permission.
 */
class EpollProviderTest {
    @Test
    void otherSystemsAndProcessorsAreNamed() {
        assertThat(EpollProvider.whyForbidden("Mac OS X", "aarch64", true))
                .isEqualTo("epoll is a facility of Linux, and this is Mac OS X");
        assertThat(EpollProvider.whyForbidden("Linux", "riscv64", true)).contains("amd64 and aarch64 only", "riscv64");
        assertThat(EpollProvider.whyForbidden("Linux", "amd64", false))
                .isEqualTo("native access is not enabled; start java with --enable-native-access=ALL-UNNAMED");
        assertThat(EpollProvider.whyForbidden("Linux", "amd64", true)).isNull();
        assertThat(EpollProvider.whyForbidden("Linux", "aarch64", true)).isNull();
    }

    @Test
    void whereItCanBeUsedItOpens() throws IOException {
        assumeTrue(EpollProvider.whyUnavailable() == null, String.valueOf(EpollProvider.whyUnavailable()));
        try (Kernel kernel = new EpollProvider().open()) {
            assertThat(kernel.name()).isEqualTo("epoll").isEqualTo(new EpollProvider().name());
            assertThat(kernel.poller().pollsOnVirtualThread()).isTrue();
        }
    }

    @Test
    void withoutPermissionItSaysTheOptionAndTheJvmPrintsNoWarning() throws Exception {
        Process asked = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Ask.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(asked.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(output.strip())
                .isEqualTo("native access is not enabled; start java with --enable-native-access=ALL-UNNAMED");
    }

    /** The program of that JVM. */
    static final class Ask {
        public static void main(String[] args) {
            System.out.println(EpollProvider.whyUnavailable());
        }
    }

    @Test
    void anErrorOfStartUpNamesItsLikelyCauseAndACommand() {
        assertThatThrownBy(() -> EpollProvider.atStart(-Errno.EMFILE.number, "an epoll set"))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessage("open an epoll set: Too many open files (EMFILE);"
                        + " this process has no descriptor left: raise the limit with `ulimit -n`");
        assertThatThrownBy(() -> EpollProvider.atStart(-Errno.ENOSYS.number, "an epoll set"))
                .isExactlyInstanceOf(IOException.class)
                .hasMessageContaining("seccomp");
        assertThatThrownBy(() -> EpollProvider.atStart(-Errno.EINVAL.number, "an epoll set"))
                .hasMessage("open an epoll set: Invalid argument (EINVAL)");
    }
}
