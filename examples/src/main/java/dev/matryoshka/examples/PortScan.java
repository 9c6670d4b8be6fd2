package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import dev.matryoshka.task.Tasks;
import dev.matryoshka.task.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/** Which ports of a host take connections: many tasks, few at once, all of them ended at the end. Arguments: host, first, last. */
public final class PortScan {
    private static final int AT_ONCE = 100;

    private PortScan() {}

    static List<Integer> openPorts(EventLoop loop, String host, int first, int last) throws Exception {
        Semaphore turns = new Semaphore(AT_ONCE);
        List<Task<Boolean>> tries = new ArrayList<>();
        List<Boolean> answers = TaskGroup.call(group -> {
            for (int port = first; port <= last; port++) {
                int tried = port;
                turns.acquire(); // here, so that there are never more tasks than turns
                tries.add(group.createTask("port " + port, () -> {
                    try {
                        return isOpen(loop, host, tried);
                    } finally {
                        turns.release();
                    }
                }));
            }
            return Tasks.gather(tries);
        });
        return IntStream.rangeClosed(first, last)
                .filter(port -> answers.get(port - first))
                .boxed()
                .toList();
    }

    private static boolean isOpen(EventLoop loop, String host, int port) throws Exception {
        try {
            Timeout.within(
                    Duration.ofSeconds(2), () -> loop.openConnection(host, port).close());
            return true;
        } catch (IOException | TimeoutException closed) {
            return false;
        }
    }

    public static void main(String... args) throws Exception {
        int first = Integer.parseInt(args[1]);
        int last = Integer.parseInt(args[2]);
        EventLoop.run(loop -> System.out.println("open: " + openPorts(loop, args[0], first, last)));
    }
}
