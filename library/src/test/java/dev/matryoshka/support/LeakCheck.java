package dev.matryoshka.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves something behind: {@code @ExtendWith(LeakCheck.class)}. It looks before the test's
 * {@code @BeforeEach} and after its {@code @AfterEach} methods, so these count as the test.
 *
 * <p>A leak is a descriptor of a socket, a pipe, an epoll set, an eventfd or an io_uring that was not there before (with its number and
 * its inode, so that a number that was used again is seen), or a platform thread that was not there before and is no daemon or
 * has one of our names. Files do not count, because a class loader may open a jar at any moment. What ends by itself gets
 * {@value #PATIENCE_MILLIS} ms to do so. Where there is no {@code /proc/self/fd}, only threads are looked at.
 *
 * <p>It sees the whole process: tests that run at the same time would be blamed for each other.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
    private static final int PATIENCE_MILLIS = 2_000;
    private static final long PAUSE_NANOS = 1_000_000;

    private static final Path TABLE = Path.of("/proc/self/fd");
    private static final ExtensionContext.Namespace SPACE = ExtensionContext.Namespace.create(LeakCheck.class);

    private static final List<String> KINDS =
            List.of("socket:", "pipe:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[io_uring]");

    /** Daemons that belong to the JVM and not to a loop; they end after some idle time, or never. */
    private static final List<String> SHARED_THREADS =
            List.of("matryoshka-cleaner", "matryoshka-init", "matryoshka-orphans", "matryoshka-resolver-");

    static {
        openWhatTheJdkKeeps();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getStore(SPACE).put("before", Snapshot.take());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Snapshot before = context.getStore(SPACE).get("before", Snapshot.class);
        List<String> leaks = patiently(before::leaks);
        if (!leaks.isEmpty()) {
            throw new AssertionError("left behind:\n  " + String.join("\n  ", leaks));
        }
    }

    /** How many descriptors of the kinds that count are open now; 0 where the system does not tell. */
    public static int openDescriptors() {
        return Snapshot.openDescriptors().size();
    }

    private static List<String> patiently(Supplier<List<String>> look) {
        List<String> leaks = look.get();
        for (int millis = 0; millis < PATIENCE_MILLIS && !leaks.isEmpty(); millis++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            leaks = look.get();
        }
        return leaks;
    }

    /** The pair of sockets that closing goes through, and the epoll sets that virtual threads wait with. */
    private static void openWhatTheJdkKeeps() {
        try {
            SocketChannel.open().close();
            Selector.open().close();
            Class<?> ignored = Class.forName("sun.nio.ch.Poller", true, null);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (ClassNotFoundException otherJdk) {
            // then it has nothing of that name to keep
        }
    }

    /**
     * What is open and alive at one moment.
     *
     * @param descriptors what each number refers to, of the kinds that count
     * @param threads all platform threads
     */
    record Snapshot(Map<String, String> descriptors, Set<Thread> threads) {
        static Snapshot take() {
            return new Snapshot(
                    openDescriptors(), new HashSet<>(Thread.getAllStackTraces().keySet()));
        }

        /** What has come since and is still there, a line each. */
        List<String> leaks() {
            List<String> found = new ArrayList<>();
            openDescriptors().forEach((number, target) -> {
                if (!target.equals(descriptors.get(number))) {
                    found.add("descriptor " + number + " " + target);
                }
            });
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (!threads.contains(thread) && thread.isAlive() && isOurs(thread)) {
                    found.add((thread.isDaemon() ? "daemon " : "") + thread + " at " + topFrame(thread));
                }
            }
            return found;
        }

        private static boolean isOurs(Thread thread) {
            String name = thread.getName();
            if (thread.isDaemon()) {
                return name.startsWith("matryoshka-") && SHARED_THREADS.stream().noneMatch(name::startsWith);
            }
            return !name.startsWith("junit-");
        }

        private static String topFrame(Thread thread) {
            StackTraceElement[] frames = thread.getStackTrace();
            return frames.length == 0 ? "its end" : frames[0].toString();
        }

        private static Map<String, String> openDescriptors() {
            Map<String, String> open = new HashMap<>();
            if (!Files.isDirectory(TABLE)) {
                return open;
            }
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(TABLE)) {
                for (Path entry : entries) {
                    String target = target(entry);
                    if (KINDS.stream().anyMatch(target::startsWith)) {
                        open.put(entry.getFileName().toString(), target);
                    }
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            return open;
        }

        private static String target(Path entry) {
            try {
                return Files.readSymbolicLink(entry).toString();
            } catch (IOException gone) {
                return ""; // closed meanwhile; the directory itself, for one
            }
        }
    }
}
