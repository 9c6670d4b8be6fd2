package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.matryoshka.kernel.SpawnRequest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * posix_spawn(3) with everything that a child of a JVM needs put right. Any thread; blocks it until the child has executed its
 * program, about a millisecond.
 *
 * <h2>What a child would inherit, and our answer</h2>
 * <ul>
 *   <li><b>Descriptors.</b> Ours are close-on-exec, the JDK's sockets are not, and of native libraries nobody knows. So after its
 *       own three are in place the child closes all others.
 *   <li><b>The signal mask</b> of the thread that happens to start it: the JVM blocks SIGQUIT in most. The child blocks none.
 *   <li><b>Ignored signals</b> (caught ones go back to default by themselves). A shell without job control starts what it puts in
 *       the background with SIGINT and SIGQUIT ignored; a child could not be interrupted. All are put to default but SIGHUP: an
 *       ignored SIGHUP is the whole point of nohup(1), and that is meant for children too.
 *   <li><b>The process group</b>, so the signals of a terminal: as in asyncio, unless a group or a session is asked for.
 * </ul>
 *
 * <p>Not fork: a JVM that runs on in a copy of itself has one thread and the locks of all others. posix_spawn runs nothing of ours
 * between fork and exec; it stops only the calling thread meanwhile, and copies no page tables.
 */
final class PosixSpawn {
    private static final MethodHandle SPAWN =
            call("posix_spawn", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle ACTIONS_INIT = call("posix_spawn_file_actions_init", JAVA_LONG);
    private static final MethodHandle ACTIONS_DESTROY = call("posix_spawn_file_actions_destroy", JAVA_LONG);
    private static final MethodHandle ADD_DUP2 =
            call("posix_spawn_file_actions_adddup2", JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle ADD_CLOSE = call("posix_spawn_file_actions_addclose", JAVA_LONG, JAVA_INT);
    private static final MethodHandle ADD_CHDIR = call("posix_spawn_file_actions_addchdir_np", JAVA_LONG, JAVA_LONG);

    /** glibc has it from 2.34 on; musl does not. */
    private static final @Nullable MethodHandle ADD_CLOSE_FROM = has("posix_spawn_file_actions_addclosefrom_np")
            ? call("posix_spawn_file_actions_addclosefrom_np", JAVA_LONG, JAVA_INT)
            : null;

    private static final MethodHandle ATTR_INIT = call("posix_spawnattr_init", JAVA_LONG);
    private static final MethodHandle ATTR_DESTROY = call("posix_spawnattr_destroy", JAVA_LONG);
    private static final MethodHandle ATTR_FLAGS = call("posix_spawnattr_setflags", JAVA_LONG, JAVA_SHORT);
    private static final MethodHandle ATTR_GROUP = call("posix_spawnattr_setpgroup", JAVA_LONG, JAVA_INT);
    private static final MethodHandle ATTR_MASK = call("posix_spawnattr_setsigmask", JAVA_LONG, JAVA_LONG);
    private static final MethodHandle ATTR_DEFAULT = call("posix_spawnattr_setsigdefault", JAVA_LONG, JAVA_LONG);

    /** Room for posix_spawn_file_actions_t (80 bytes in glibc, 136 in musl) and posix_spawnattr_t (336 in both). */
    static final int OPAQUE_BYTES = 512;

    /** {@code sigset_t}: a bit per signal, beginning with 1. */
    static final int SIGSET_BYTES = 128;

    /** The standard streams are 0, 1 and 2. */
    static final int FIRST_OTHER = 3;

    /** Standard error goes where standard output goes. */
    static final int SAME_AS_STDOUT = -2;

    /** The stream stays that of this process. */
    static final int INHERITED = -1;

    private static final Path OPEN_DESCRIPTORS = Path.of("/proc/self/fd");

    private PosixSpawn() {}

    private static boolean has(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).isPresent();
    }

    /** All of them answer with an error number, and leave errno alone. */
    private static MethodHandle call(String name, MemoryLayout... parameters) {
        return Libc.functionWithoutErrno(name, JAVA_INT, parameters);
    }

    /**
     * Starts a child.
     *
     * @param streams for each of the three standard streams a descriptor of ours above 2, {@link #INHERITED}, or for the last
     *     {@link #SAME_AS_STDOUT}
     * @return its number, or −errno: the program cannot be executed, or the directory cannot be entered
     * @throws IOException what is open could not be listed
     */
    static int start(SpawnRequest request, int[] streams) throws IOException {
        return start(request, streams, ADD_CLOSE_FROM);
    }

    /** @param closeFrom null on a C library that lacks it */
    static int start(SpawnRequest request, int[] streams, @Nullable MethodHandle closeFrom) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(OPAQUE_BYTES, Long.BYTES);
            MemorySegment attributes = arena.allocate(OPAQUE_BYTES, Long.BYTES);
            check((int) ACTIONS_INIT.invokeExact(actions.address()));
            try {
                check((int) ATTR_INIT.invokeExact(attributes.address()));
                try {
                    fill(arena, actions, request, streams, closeFrom);
                    fill(arena, attributes, request.leads());
                    return start(arena, actions, attributes, request);
                } finally {
                    int ignored = (int) ATTR_DESTROY.invokeExact(attributes.address());
                }
            } finally {
                int ignored = (int) ACTIONS_DESTROY.invokeExact(actions.address());
            }
        } catch (IOException | OutOfMemoryError failed) {
            throw failed;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static int start(Arena arena, MemorySegment actions, MemorySegment attributes, SpawnRequest request)
            throws Throwable {
        MemorySegment pid = arena.allocate(JAVA_INT);
        MemorySegment path = ProcessLibc.text(arena, request.program());
        List<String> arguments = request.arguments();
        MemorySegment argv = ProcessLibc.texts(arena, arguments, arguments.size());
        long environment = environment(arena, request.environment());
        int error = (int) SPAWN.invokeExact(
                pid.address(), path.address(), actions.address(), attributes.address(), argv.address(), environment);
        return error == 0 ? pid.get(JAVA_INT, 0) : -error;
    }

    /** Untouched it is passed on as the C library has it, byte for byte, also what is no text. */
    private static long environment(Arena arena, @Nullable Map<String, String> variables) {
        if (variables == null) {
            return Linker.nativeLinker()
                    .defaultLookup()
                    .find("environ")
                    .orElseThrow()
                    .reinterpret(ADDRESS.byteSize())
                    .get(JAVA_LONG, 0);
        }
        List<String> lines = variables.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        return ProcessLibc.texts(arena, lines, lines.size()).address();
    }

    /** In the child, in this order. A copy made by dup2 is not close-on-exec. */
    private static void fill(
            Arena arena, MemorySegment actions, SpawnRequest request, int[] streams, @Nullable MethodHandle closeFrom)
            throws Throwable {
        for (int stream = 0; stream < FIRST_OTHER; stream++) {
            int source = streams[stream] == SAME_AS_STDOUT ? 1 : streams[stream];
            if (source != INHERITED) {
                check((int) ADD_DUP2.invokeExact(actions.address(), source, stream));
            }
        }
        if (closeFrom != null) {
            check((int) closeFrom.invokeExact(actions.address(), FIRST_OTHER));
        } else {
            closeListed(actions);
        }
        Path directory = request.directory();
        if (directory != null) {
            MemorySegment text = FileNames.cString(arena, directory);
            check((int) ADD_CHDIR.invokeExact(actions.address(), text.address()));
        }
    }

    /** A close for each descriptor that is open now; what is opened meanwhile is hoped to be close-on-exec. */
    private static void closeListed(MemorySegment actions) throws Throwable {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(OPEN_DESCRIPTORS)) {
            for (Path entry : open) {
                int fd = Integer.parseInt(entry.getFileName().toString());
                if (fd >= FIRST_OTHER) {
                    check((int) ADD_CLOSE.invokeExact(actions.address(), fd));
                }
            }
        }
    }

    private static void fill(Arena arena, MemorySegment attributes, SpawnRequest.Leads leads) throws Throwable {
        int flags = ProcessConstants.POSIX_SPAWN_SETSIGMASK | ProcessConstants.POSIX_SPAWN_SETSIGDEF;
        switch (leads) {
            case NOTHING -> {}
            case GROUP -> {
                flags |= ProcessConstants.POSIX_SPAWN_SETPGROUP;
                check((int) ATTR_GROUP.invokeExact(attributes.address(), 0));
            }
            case SESSION -> flags |= ProcessConstants.POSIX_SPAWN_SETSID;
        }
        MemorySegment none = arena.allocate(SIGSET_BYTES, Long.BYTES);
        MemorySegment defaults = arena.allocate(SIGSET_BYTES, Long.BYTES);
        defaults.set(
                JAVA_LONG,
                0,
                ~(bit(ProcessConstants.SIGHUP) | bit(ProcessConstants.SIGKILL) | bit(ProcessConstants.SIGSTOP)));
        check((int) ATTR_MASK.invokeExact(attributes.address(), none.address()));
        check((int) ATTR_DEFAULT.invokeExact(attributes.address(), defaults.address()));
        check((int) ATTR_FLAGS.invokeExact(attributes.address(), (short) flags));
    }

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }

    /** They only write into memory that we gave them, or take a little from malloc. */
    private static void check(int error) {
        if (error == Errno.ENOMEM.number) {
            throw new OutOfMemoryError("posix_spawn has no memory for its arguments");
        }
        if (error != 0) {
            throw new IllegalStateException("posix_spawn does not take its own arguments: errno " + error);
        }
    }
}
