package dev.matryoshka.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Goal: the watchman sees what it is there for, and nothing else. Method: leak, look, tidy up, look again. */
class LeakCheckTest {
    private final LeakCheck warm = new LeakCheck();

    @Test
    @EnabledOnOs(OS.LINUX)
    void aSocketThatIsLeftOpenIsFound() throws IOException {
        LeakCheck.Snapshot before = LeakCheck.Snapshot.take();
        try (SocketChannel left = SocketChannel.open()) {
            assertThat(before.leaks())
                    .as("beside %s and %s", warm, left)
                    .singleElement()
                    .asString()
                    .contains("socket:");
        }
        assertThat(before.leaks()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aSelectorIsTwoDescriptors() throws IOException {
        LeakCheck.Snapshot before = LeakCheck.Snapshot.take();
        try (Selector left = Selector.open()) {
            assertThat(before.leaks()).as("of %s", left).hasSize(2).allMatch(leak -> leak.contains("event"));
        }
        assertThat(before.leaks()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNumberThatIsUsedAgainIsFoundByItsInode() throws IOException {
        SocketChannel first = SocketChannel.open();
        LeakCheck.Snapshot before = LeakCheck.Snapshot.take();
        first.close();
        try (SocketChannel second = SocketChannel.open()) {
            assertThat(before.leaks()).as("of %s", second).hasSize(1);
        }
    }

    @Test
    void filesDoNotCount(@TempDir Path directory) throws IOException {
        LeakCheck.Snapshot before = LeakCheck.Snapshot.take();
        try (var open = Files.newOutputStream(directory.resolve("file"))) {
            assertThat(before.leaks()).as("of %s", open).isEmpty();
        }
    }

    @Test
    void aThreadThatIsNoDaemonIsFoundUntilItEnds() throws InterruptedException {
        assertThat(leaksOf(false, "somebody")).isTrue();
    }

    @Test
    void aDaemonOfOursIsFoundAndAStrangersIsNot() throws InterruptedException {
        assertThat(leaksOf(true, "matryoshka-left")).isTrue();
        assertThat(leaksOf(true, "somebody")).isFalse();
        assertThat(leaksOf(true, "matryoshka-resolver-7"))
                .as("shared by the whole JVM")
                .isFalse();
    }

    private static boolean leaksOf(boolean daemon, String name) throws InterruptedException {
        LeakCheck.Snapshot before = LeakCheck.Snapshot.take();
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = Thread.ofPlatform().daemon(daemon).name(name).start(() -> {
            try {
                end.await();
            } catch (InterruptedException early) {
                Thread.currentThread().interrupt();
            }
        });
        boolean found = before.leaks().stream().anyMatch(leak -> leak.contains(name));
        end.countDown();
        thread.join();
        assertThat(before.leaks()).noneMatch(leak -> leak.contains(name));
        return found;
    }
}
