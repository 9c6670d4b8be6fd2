package dev.matryoshka.benchmarks;

import java.util.HashMap;
import java.util.Map;

/** The arguments of a program here: {@code --name value}, in any order. */
public final class Words {
    private final Map<String, String> values = new HashMap<>();

    /**
     * @param from the first one that counts
     * @throws IllegalArgumentException a name without a value, or a value without a name
     */
    public Words(String[] arguments, int from) {
        for (int i = from; i < arguments.length; i += 2) {
            if (!arguments[i].startsWith("--") || i + 1 == arguments.length) {
                throw new IllegalArgumentException("not --name value: " + arguments[i]);
            }
            values.put(arguments[i].substring(2), arguments[i + 1]);
        }
    }

    /** The value of a name. */
    public String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /** The value of a name, as a number. */
    public int number(String name, int otherwise) {
        String value = values.get(name);
        return value == null ? otherwise : Integer.parseInt(value);
    }
}
