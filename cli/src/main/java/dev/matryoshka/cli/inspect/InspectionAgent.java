package dev.matryoshka.cli.inspect;

import java.lang.instrument.Instrumentation;
import java.util.Collection;

/**
 * Runs inside the other JVM, so it may use nothing but the JDK. It finds the library by looking at the loaded classes, because a
 * container may have loaded it anywhere, and several times. A static initialiser must not run for that: a class that is loaded and
 * was never used has no loops.
 */
public final class InspectionAgent {
    /** Where the answer is put; taken away by a second call. */
    static final String ANSWER = "dev.matryoshka.inspection";

    static final String CLEAR = "clear";

    private static final String FRONT_DOOR = "dev.matryoshka.EventLoop";

    private InspectionAgent() {}

    /**
     * Called by the JVM.
     *
     * @param view {@code ps} or {@code pstree}, or {@code clear}
     */
    public static void agentmain(String view, Instrumentation jvm) {
        if (view.equals(CLEAR)) {
            System.clearProperty(ANSWER);
            return;
        }
        StringBuilder answer = new StringBuilder();
        for (Class<?> loaded : jvm.getAllLoadedClasses()) {
            if (loaded.getName().equals(FRONT_DOOR)) {
                answer.append(look(loaded, view));
            }
        }
        System.setProperty(ANSWER, answer.toString());
    }

    private static String look(Class<?> frontDoor, String view) {
        StringBuilder answer = new StringBuilder();
        try {
            Collection<?> loops =
                    (Collection<?>) frontDoor.getMethod("openLoops").invoke(null);
            for (Object loop : loops) {
                Object snapshot = frontDoor.getMethod("snapshot").invoke(loop);
                answer.append(snapshot.getClass().getMethod(view).invoke(snapshot));
            }
        } catch (ReflectiveOperationException | LinkageError otherVersion) {
            answer.append("an event loop cannot be looked at: ").append(otherVersion);
            answer.append(System.lineSeparator());
        }
        return answer.toString();
    }
}
