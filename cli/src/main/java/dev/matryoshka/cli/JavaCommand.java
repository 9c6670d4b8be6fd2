package dev.matryoshka.cli;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How to start a command line of ours again: the same JDK, the same jar or class path, the same JVM options. */
public final class JavaCommand {
    /** An agent's or a debugger's options do not come along: its port is taken, and what it does would be measured. */
    private static final List<String> NOT_INHERITED = List.of("-agentlib:", "-agentpath:", "-javaagent:", "-Xrunjdwp:");

    private JavaCommand() {}

    /** The words of a command that runs this command line with arguments. */
    public static List<String> of(List<String> arguments) {
        return of(Main.class, arguments);
    }

    /**
     * The words of a command that runs a command line with arguments.
     *
     * @param main where it begins; in a jar that is run with {@code -jar} it is what the manifest says
     */
    public static List<String> of(Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (NOT_INHERITED.stream().noneMatch(option::startsWith)) {
                command.add(option);
            }
        }
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
            command.addAll(List.of("-jar", classPath)); // its manifest opens what tasks need, and only -jar reads that
        } else {
            command.addAll(List.of("-cp", classPath, main.getName()));
        }
        command.addAll(arguments);
        return command;
    }
}
