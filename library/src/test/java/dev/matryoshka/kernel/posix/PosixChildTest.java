package dev.matryoshka.kernel.posix;

import static dev.matryoshka.kernel.ChildProcess.RUNNING;
import static dev.matryoshka.kernel.ChildProcess.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.ChildStdio;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SpawnRequest.Leads;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Proves;
import java.lang.foreign.Arena;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: what a child is given, what it is not, and how its end is collected, without a loop. Method: small programs that write what
 * they see into a file.
 */
@ExtendWith(LeakCheck.class)
class PosixChildTest {
    private static final long LONG_NANOS = 60_000_000_000L;
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;

    /** Not SIGHUP: under nohup a child inherits that it is ignored. */
    private static final int SIGUSR1 = 10;

    private final SystemCalls calls = new SystemCalls();
    private final Arena arena = Arena.ofAuto();
    private final PosixSockets sockets = new PosixSockets(new Libc(arena) {}, calls, arena);
    private final PosixChildren children = new PosixChildren(sockets, new PosixPipes(sockets, arena));
    private final Queue<Runnable> background = new ArrayDeque<>();

    @TempDir
    Path directory;

    private Path output;

    @BeforeEach
    void nameTheOutput() {
        output = directory.resolve("output");
    }

    @AfterEach
    void closeAll() {
        sockets.close();
        background.forEach(Runnable::run);
    }

    private SpawnRequest shell(String script) {
        return request("/bin/sh", List.of("sh", "-c", script), null, Leads.NOTHING);
    }

    private SpawnRequest request(String program, List<String> arguments, Map<String, String> variables, Leads leads) {
        ChildStdio none = new ChildStdio(ChildStdio.Kind.NULL, null);
        ChildStdio file = new ChildStdio(ChildStdio.Kind.FILE, output);
        ChildStdio same = new ChildStdio(ChildStdio.Kind.STDOUT, null);
        return new SpawnRequest(program, arguments, variables, directory, none, file, same, leads);
    }

    private PosixChild spawn(SpawnRequest request) throws Exception {
        return children.start(request, background::add);
    }

    private int run(SpawnRequest request) throws Exception {
        PosixChild child = spawn(request);
        int code = child.awaitEnd(LONG_NANOS);
        child.close();
        return code;
    }

    private List<String> lines() throws Exception {
        return Files.readAllLines(output);
    }

    /** Gone from the system, not even a zombie. */
    private static boolean exists(long pid) {
        return Files.exists(Path.of("/proc/" + pid));
    }

    // ---- how it ends ----------------------------------------------------------------------------------------------

    @Test
    void theCodeIsWhatTheChildSaid() throws Exception {
        assertThat(run(shell("exit 0"))).isZero();
        assertThat(run(shell("exit 7"))).isEqualTo(7);
        assertThat(run(shell("exit 255"))).isEqualTo(255);
    }

    @Test
    void aSignalThatEndedItIsNegative() throws Exception {
        for (int signal : List.of(SIGTERM, SIGKILL, SIGUSR1)) {
            PosixChild child = spawn(shell("exec sleep 100"));
            assertThat(child.tryWait()).isEqualTo(RUNNING);
            child.signal(signal);
            assertThat(child.awaitEnd(LONG_NANOS)).isEqualTo(-signal);
            assertThat(child.tryWait()).as("again").isEqualTo(-signal);
            child.close();
        }
    }

    @Test
    @Proves("B19")
    void aSignalToAChildThatHasEndedReachesNobody() throws Exception {
        PosixChild child = spawn(shell("exit 3"));
        assertThat(child.awaitEnd(LONG_NANOS)).isEqualTo(3);
        assertThat(exists(child.pid())).as("waited for").isFalse();
        child.signal(SIGKILL); // its number may be anybody's by now
        assertThat(child.tryWait()).isEqualTo(3);
        child.close();
        child.signal(SIGKILL);
    }

    @Test
    void aChildThatSomebodyElseWaitedForHasAnUnknownCode() throws Exception {
        PosixChild child = spawn(shell("exit 3"));
        assertThat(PosixChild.waitFor(ProcessConstants.P_PID, (int) child.pid(), true))
                .isEqualTo(3);
        assertThat(child.awaitEnd(LONG_NANOS)).isEqualTo(UNKNOWN);
        child.signal(SIGKILL);
        child.close();
    }

    @Test
    void waitingIsBoundedInTime() throws Exception {
        PosixChild child = spawn(shell("exec sleep 100"));
        assertThat(child.awaitEnd(1)).isEqualTo(RUNNING);
        child.signal(SIGKILL);
        assertThat(child.awaitEnd(LONG_NANOS)).isEqualTo(-SIGKILL);
        child.close();
    }

    @Test
    void aChildThatIsLetGoOfIsWaitedForInTheBackground() throws Exception {
        PosixChild child = spawn(shell("exec sleep 100"));
        long pid = child.pid();
        child.signal(SIGKILL);
        PosixChild running = spawn(shell("exec sleep 100"));
        long runningPid = running.pid();
        running.close();
        assertThat(background).as("jobs for the background").hasSize(1);
        ProcessHandle.of(runningPid).orElseThrow().destroyForcibly();
        background.remove().run();
        assertThat(exists(runningPid)).isFalse();

        child.close();
        background.forEach(Runnable::run);
        background.clear();
        assertThat(exists(pid)).isFalse();
    }

    // ---- what it is given -----------------------------------------------------------------------------------------

    @Test
    void itHasItsThreeDescriptorsAndNoOther() throws Exception {
        try (SocketChannel notCloseOnExec = SocketChannel.open()) {
            assertThat(notCloseOnExec.isOpen()).isTrue();
            assertThat(run(shell("exec ls -l /proc/self/fd"))).isZero();
        }
        assertThat(descriptors()).containsExactly("0 /dev/null", "1 " + output, "2 " + output);
    }

    @Test
    void itHasNoOtherEvenWhereTheLibraryCannotCloseAllAtOnce() throws Exception {
        try (SocketChannel notCloseOnExec = SocketChannel.open()) {
            assertThat(notCloseOnExec.isOpen()).isTrue();
            int in = ProcessLibc.open(Path.of("/dev/null"), Constants.O_RDONLY);
            int out = ProcessLibc.open(output, Constants.O_WRONLY | ProcessConstants.O_CREAT);
            int[] streams = {in, out, PosixSpawn.SAME_AS_STDOUT};
            int pid = PosixSpawn.start(shell("exec ls -l /proc/self/fd"), streams, null);
            Libc.close(in);
            Libc.close(out);
            assertThat(PosixChild.waitFor(ProcessConstants.P_PID, pid, true)).isZero();
        }
        assertThat(descriptors()).containsExactly("0 /dev/null", "1 " + output, "2 " + output);
    }

    /** Number and target of each, without the one that ls reads the directory by. */
    private List<String> descriptors() throws Exception {
        List<String> found = new ArrayList<>();
        for (String line : lines()) {
            int arrow = line.indexOf(" -> ");
            if (arrow >= 0 && !line.endsWith("/fd")) {
                found.add(line.substring(line.lastIndexOf(' ', arrow - 1) + 1, arrow) + line.substring(arrow + 3));
            }
        }
        return found;
    }

    @Test
    void noSignalIsBlockedAndNoneIgnoredButSighup() throws Exception {
        assertThat(run(shell("exec grep -E 'SigBlk|SigIgn' /proc/self/status"))).isZero();
        assertThat(lines()).hasSize(2);
        for (String line : lines()) {
            long mask =
                    Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
            // 32 and 33 belong to the C library
            assertThat(mask & ~1L & ~(3L << 31)).as(line).isZero();
        }
    }

    @Test
    void theEnvironmentIsOursOrExactlyWhatWasGiven() throws Exception {
        assertThat(run(request("/usr/bin/env", List.of("env"), Map.of("ONE", "1", "TWO", "ü"), Leads.NOTHING)))
                .isZero();
        assertThat(lines()).containsExactlyInAnyOrder("ONE=1", "TWO=ü");

        assertThat(run(request("/usr/bin/env", List.of("env"), null, Leads.NOTHING)))
                .isZero();
        assertThat(lines()).contains("PATH=" + System.getenv("PATH"));
    }

    @Test
    void itStartsInItsDirectoryWithItsArguments() throws Exception {
        List<String> arguments = List.of("another name", "-c", "pwd; echo \"$0|$1|$2\"", "", "a b", "$HOME");
        assertThat(run(request("/bin/sh", arguments, null, Leads.NOTHING))).isZero();
        assertThat(lines()).containsExactly(directory.toRealPath().toString(), "|a b|$HOME");
    }

    @Test
    @Proves(ports = "test_events.test_subprocess_wait_no_same_group")
    void aGroupOrASessionOfItsOwn() throws Exception {
        // stat(5): pid, name, state, parent, group, session
        List<String> arguments = List.of("cut", "-d ", "-f1,5,6", "/proc/self/stat");
        for (Leads leads : Leads.values()) {
            assertThat(run(request("/usr/bin/cut", arguments, null, leads))).isZero();
            String[] numbers = lines().getFirst().split(" ");
            assertThat(numbers[1].equals(numbers[0])).as("leads a group").isEqualTo(leads != Leads.NOTHING);
            assertThat(numbers[2].equals(numbers[0])).as("leads a session").isEqualTo(leads == Leads.SESSION);
        }
    }

    @Test
    void aFileIsEmptiedOrAppendedTo() throws Exception {
        Files.writeString(output, "before\n");
        ChildStdio append = new ChildStdio(ChildStdio.Kind.APPEND, output);
        ChildStdio source = new ChildStdio(ChildStdio.Kind.FILE, Files.writeString(directory.resolve("in"), "read\n"));
        ChildStdio none = new ChildStdio(ChildStdio.Kind.NULL, null);
        assertThat(run(new SpawnRequest("/bin/cat", List.of("cat"), null, null, source, append, none, Leads.NOTHING)))
                .isZero();
        assertThat(lines()).containsExactly("before", "read");
        assertThat(run(shell("echo emptied"))).isZero();
        assertThat(lines()).containsExactly("emptied");
    }

    // ---- what cannot be started -----------------------------------------------------------------------------------

    @Test
    @Proves(ports = {"test_subprocess.test_popen_error", "test_subprocess.test_popen_error_with_stdin_pipe"})
    void whatCannotBeStartedIsToldAtOnceByName() throws Exception {
        assertThatThrownBy(() -> spawn(request("/no/such", List.of("such"), null, Leads.NOTHING)))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage("such: cannot start in " + directory + ": No such file or directory (ENOENT)");

        Path text = Files.writeString(directory.resolve("text"), "no program");
        assertThatThrownBy(() -> spawn(request(text.toString(), List.of("text"), null, Leads.NOTHING)))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageStartingWith("text: cannot start");
        Files.setPosixFilePermissions(text, PosixFilePermissions.fromString("rwx------"));
        assertThatThrownBy(() -> spawn(request(text.toString(), List.of("text"), null, Leads.NOTHING)))
                .isInstanceOf(FileSystemException.class)
                .hasMessageEndingWith("Exec format error (ENOEXEC)");

        output = Path.of("/no/such/directory/file");
        assertThatThrownBy(() -> spawn(shell("exit 0")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageStartingWith("/no/such/directory/file: cannot open for a child");
    }
}
