package dev.matryoshka.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads out of a test's text which kernels it runs on. A test that names none needs none, or runs on the default one. */
final class Kernels {
    private static final String ALL = "nio, epoll, memory";
    private static final Pattern EPOLL = Pattern.compile("EpollProvider|Net\\.EPOLL|\"epoll\"");
    private static final Pattern NIO = Pattern.compile("NioProvider|Net\\.NIO|\"nio\"");
    private static final Pattern MEMORY =
            Pattern.compile("MemoryNetwork|Net\\.MEMORY|TestNetwork|StreamRig|ScriptedKernel");

    private Kernels() {}

    static String of(String test, String wholeClass) {
        String swept = swept(test);
        if (!swept.isEmpty()) {
            return swept;
        }
        if (wholeClass.contains("extends KernelContract") || wholeClass.contains("KernelCase#all")) {
            return ALL;
        }
        String named = named(test);
        if (!named.isEmpty()) {
            return named;
        }
        String around = swept(header(wholeClass));
        return around.isEmpty() ? named(wholeClass) : around;
    }

    private static String header(String wholeClass) {
        int brace = wholeClass.indexOf('{');
        return brace < 0 ? wholeClass : wholeClass.substring(0, brace);
    }

    private static String swept(String text) {
        if (text.contains("Net#fair")) {
            return ALL;
        }
        if (text.contains("Net#real")) {
            return "nio, epoll";
        }
        if (text.contains("Net#swift")
                || text.contains("EnumSource(Net.class)")
                || (text.contains("@EnumSource") && text.contains("Net net"))) {
            return ALL + ", and with faults";
        }
        return "";
    }

    private static String named(String text) {
        List<String> names = new ArrayList<>();
        if (NIO.matcher(text).find()) {
            names.add("nio");
        }
        if (EPOLL.matcher(text).find()) {
            names.add("epoll");
        }
        if (MEMORY.matcher(text).find()) {
            names.add("memory");
        }
        return String.join(", ", names);
    }
}
