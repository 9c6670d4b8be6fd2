package dev.matryoshka.benchmarks.load;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** Names and values on one line, {@code name=value name=value}: how the bench and the load talk. Values may hold anything. */
final class Fields {
    private Fields() {}

    static String toLine(Map<String, String> fields) {
        StringJoiner line = new StringJoiner(" ");
        fields.forEach((name, value) -> line.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return line.toString();
    }

    /** @throws IllegalArgumentException a word is no field */
    static Map<String, String> parse(String line) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String word : line.strip().split(" ")) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                String value = URLDecoder.decode(word.substring(equals + 1), StandardCharsets.UTF_8);
                fields.put(word.substring(0, equals), value);
            } else if (!word.isEmpty()) {
                throw new IllegalArgumentException("not name=value: " + word);
            }
        }
        return fields;
    }
}
