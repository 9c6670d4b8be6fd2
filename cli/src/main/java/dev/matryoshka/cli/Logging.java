package dev.matryoshka.cli;

/** How log records look on standard error: one line each, as the command line's own messages do. */
final class Logging {
    /** A property of the JDK's default log handler, read when the first logger is made. */
    private static final String FORMAT = "java.util.logging.SimpleFormatter.format";

    private Logging() {}

    /** @param withTraces whether an exception of a record is shown with its stack trace, or not at all */
    static void toOneLine(boolean withTraces) {
        if (System.getProperty(FORMAT) == null) {
            System.setProperty(FORMAT, withTraces ? "%4$s %3$s: %5$s%6$s%n" : "matryoshka: %5$s%n");
        }
    }
}
