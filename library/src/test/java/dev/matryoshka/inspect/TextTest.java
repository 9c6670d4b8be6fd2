package dev.matryoshka.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Proves;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the texts for a terminal are right, line by line. Method: snapshots made by hand. */
@Proves("W12")
class TextTest {
    private static final LoopGauges LOOP = new LoopGauges("web", "epoll", "running", 7, 6, 5, 4, 3, 2, 1, 8, 9, 10);

    @Proves("ps")
    @Test
    void theTableHasALineForEachThingAndColumnsThatFit() throws Exception {
        InetSocketAddress v4 =
                new InetSocketAddress(InetAddress.getByAddress("host.test", new byte[] {127, 0, 0, 1}), 80);
        InetSocketAddress v6 = new InetSocketAddress(InetAddress.ofLiteral("::1"), 81);
        LoopSnapshot snapshot = new LoopSnapshot(
                LOOP,
                List.of(task(1, "a", "bytes of a stream", 0, 0, "Foo.java"), task(22, "longer", "", 0, 0, "Bar.java")),
                List.of(new ConnectionSnapshot(
                        "transport",
                        "OPEN",
                        v4,
                        v6,
                        new ConnectionSnapshot.Traffic(9000, 20_480, 0, 30_000_000, true, true),
                        Duration.ofMinutes(3),
                        "Echo",
                        null)),
                List.of(new ServerSnapshot("serving", List.of(v4, v6), 3, null)),
                null);
        assertThat(snapshot.ps().lines())
                .containsExactly(
                        "event loop 'web': running on epoll; 7 passes, 6 callbacks, 5 task switches, 4 slow",
                        "  queued: 3 callbacks, 2 from outside, 1 timers; 8 tasks, 9 channels, 10 chunks in use",
                        "  tasks",
                        "    ID  NAME    STATE    WAITS FOR          AT",
                        "    1   a       WAITING  bytes of a stream  com.acme.App.main(Foo.java:12)",
                        "    22  longer  WAITING  -                  com.acme.App.main(Bar.java:12)",
                        "  servers",
                        "    STATE    CONNECTIONS  ADDRESSES",
                        "    serving  3            127.0.0.1:80 [0:0:0:0:0:0:0:1]:81",
                        "  connections",
                        "    KIND       STATE  LOCAL         REMOTE                AGE    IN             OUT          "
                                + "          USER",
                        "    transport  OPEN   127.0.0.1:80  [0:0:0:0:0:0:0:1]:81  3 min  9000 B paused  20 KiB +28"
                                + " MiB paused  Echo");
    }

    @Proves("pstree")
    @Test
    void theTreeHangsTasksBelowThoseWhoWaitForThem() {
        LoopSnapshot snapshot = snapshot(List.of(
                task(1, "main", "TaskGroup[2 tasks]", 0, 0, "App.java"),
                task(2, "left", "task shared", 4, 1, "App.java"),
                task(3, "right", "task shared", 4, 1, "App.java"),
                task(4, "shared", "", 0, 0, "App.java"),
                task(5, "alone", "", 0, 0, "App.java")));
        assertThat(snapshot.pstree().lines())
                .containsExactly(
                        "event loop 'web': running on epoll",
                        "├── main: waits for TaskGroup[2 tasks], at com.acme.App.main(App.java:12)",
                        "│   ├── left: waits for task shared, at com.acme.App.main(App.java:12)",
                        "│   │   └── shared: waiting, at com.acme.App.main(App.java:12)",
                        "│   └── right: waits for task shared, at com.acme.App.main(App.java:12)",
                        "│       └── shared (see above)",
                        "└── alone: waiting, at com.acme.App.main(App.java:12)");
    }

    @Test
    void aCircleIsShownAndEnds() {
        LoopSnapshot snapshot = snapshot(List.of(
                task(1, "a", "task b", 2, 0, "A.java"),
                task(2, "b", "task a", 1, 0, "B.java"),
                task(3, "waits", "task a", 1, 0, "C.java")));
        assertThat(snapshot.pstree().lines())
                .containsExactly(
                        "event loop 'web': running on epoll",
                        "└── waits: waits for task a, at com.acme.App.main(C.java:12)",
                        "    └── a: waits for task b, at com.acme.App.main(A.java:12)",
                        "        └── b: waits for task a, at com.acme.App.main(B.java:12)",
                        "            └── a (a circle: it waits for itself)");
        LoopSnapshot alone =
                snapshot(List.of(task(1, "a", "task b", 2, 0, "A.java"), task(2, "b", "task a", 1, 0, "B.java")));
        assertThat(alone.pstree().lines()).hasSize(4).last().asString().contains("a circle");
    }

    @Test
    void aChainOfTenThousandTasksIsCutAndNoTaskIsLost() {
        List<TaskSnapshot> chain = new ArrayList<>();
        for (int id = 1; id <= 10_000; id++) {
            chain.add(task(id, "t" + id, "", id == 10_000 ? 0 : id + 1, 0, "A.java"));
        }
        assertThat(snapshot(chain).pstree().lines())
                .hasSizeLessThan(200)
                .last()
                .asString()
                .contains("(and what it waits for)");
    }

    @Test
    void anAwaitedTaskThatHasEndedMeanwhileIsNoBranch() {
        assertThat(snapshot(List.of(task(1, "a", "task gone", 99, 98, "A.java")))
                        .pstree()
                        .lines())
                .hasSize(2);
    }

    @Test
    void aStuckLoopIsToldInBothTexts() {
        LoopSnapshot stuck = new LoopSnapshot(
                LOOP, List.of(), List.of(), List.of(), new StuckAt("matryoshka-web", frames("Spin.java")));
        assertThat(stuck.ps()).contains("did not answer; 'matryoshka-web' is at", "com.acme.App.main(Spin.java:12)");
        assertThat(stuck.pstree()).contains("did not answer; 'matryoshka-web' is at com.acme.App.main(Spin.java:12)");
    }

    private static LoopSnapshot snapshot(List<TaskSnapshot> tasks) {
        return new LoopSnapshot(LOOP, tasks, List.of(), List.of(), null);
    }

    private static TaskSnapshot task(long id, String name, String waitsFor, long awaits, long holder, String file) {
        return new TaskSnapshot(id, name, Thread.State.WAITING, waitsFor, awaits, holder, frames(file), null);
    }

    private static List<StackTraceElement> frames(String file) {
        return List.of(
                new StackTraceElement("java.lang.VirtualThread", "park", "VirtualThread.java", 1),
                new StackTraceElement("dev.matryoshka.task.Task", "await", "Task.java", 2),
                new StackTraceElement("com.acme.App", "main", file, 12));
    }
}
