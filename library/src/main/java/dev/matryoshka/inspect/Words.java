package dev.matryoshka.inspect;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How values read on a terminal. */
final class Words {
    private static final long KIB = 1024;

    private Words() {}

    /** {@code 127.0.0.1:80} without the name that {@link InetSocketAddress#toString} may put before it. */
    static String address(@Nullable SocketAddress address) {
        if (address == null) {
            return "-";
        }
        if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
            String host = inet.getAddress().getHostAddress();
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
        }
        return address.toString();
    }

    static String bytes(long count) {
        if (count < 10 * KIB) {
            return count + " B";
        }
        return count < 10 * KIB * KIB ? count / KIB + " KiB" : count / (KIB * KIB) + " MiB";
    }

    static String age(Duration age) {
        long seconds = age.toSeconds();
        if (seconds < 1) {
            return age.toMillis() + " ms";
        }
        return seconds < 120 ? seconds + " s" : age.toMinutes() + " min";
    }

    /** The place in the user's code: the innermost frame that belongs neither to the JDK nor to this library. */
    static String place(List<StackTraceElement> stack) {
        for (StackTraceElement frame : stack) {
            if (!isPlumbing(frame)) {
                return frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName() + ":"
                        + frame.getLineNumber() + ")";
            }
        }
        return "";
    }

    private static boolean isPlumbing(StackTraceElement frame) {
        String module = frame.getModuleName();
        String type = frame.getClassName();
        return module != null && (module.startsWith("java.") || module.startsWith("jdk.") || module.equals(LIBRARY))
                || type.startsWith("java.")
                || type.startsWith("jdk.")
                || PACKAGES.stream().anyMatch(type::startsWith);
    }

    private static final String LIBRARY = "dev.matryoshka";

    /** On the class path the module's name is not there to tell. */
    private static final List<String> PACKAGES = List.of(
            "dev.matryoshka.engine.",
            "dev.matryoshka.kernel.",
            "dev.matryoshka.task.",
            "dev.matryoshka.socket.",
            "dev.matryoshka.transport.",
            "dev.matryoshka.stream.",
            "dev.matryoshka.tls.",
            "dev.matryoshka.EventLoop");
}
