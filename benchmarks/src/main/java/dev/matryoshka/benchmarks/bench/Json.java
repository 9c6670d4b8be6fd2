package dev.matryoshka.benchmarks.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Maps, lists, texts, numbers as JSON. What is no number becomes null. */
final class Json {
    private static final String INDENT = "  ";

    /** So deep it is a line each; below, all on one. */
    private static final int DEEP = 2;

    private Json() {}

    static String text(Object value) {
        return text(value, 0) + "\n";
    }

    private static String text(Object value, int depth) {
        return switch (value) {
            case Map<?, ?> map -> {
                StringJoiner all = joiner("{", "}", depth);
                map.forEach((name, field) -> all.add(quoted(name.toString()) + ": " + text(field, depth + 1)));
                yield map.isEmpty() ? "{}" : all.toString();
            }
            case List<?> list -> {
                StringJoiner all = joiner("[", "]", depth);
                list.forEach(element -> all.add(text(element, depth + 1)));
                yield list.isEmpty() ? "[]" : all.toString();
            }
            case Double number -> Double.isFinite(number) ? String.format(Locale.ROOT, "%.3f", number) : "null";
            case Number number -> number.toString();
            default -> quoted(value.toString());
        };
    }

    private static StringJoiner joiner(String open, String close, int depth) {
        if (depth >= DEEP) {
            return new StringJoiner(", ", open, close);
        }
        String line = "\n" + INDENT.repeat(depth + 1);
        return new StringJoiner("," + line, open + line, "\n" + INDENT.repeat(depth) + close);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
