package dev.matryoshka.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * One row of the specification.
 *
 * @param id {@code S-44}, {@code B5}, {@code W3}, or a function of asyncio
 * @param what in a few words
 * @param reason why no test can prove it, or empty
 */
record Row(String id, String what, String reason) {
    private static final String ROWS = "/conformance/rows.tsv";
    private static final String ASYNCIO_TESTS = "/conformance/asyncio-tests.txt";
    private static final String OTHER_TESTS = "/conformance/asyncio-other-tests.txt";

    /** All rows, in the order of the page. */
    static List<Row> all() {
        return lines(ROWS)
                .map(line -> line.split("\t", -1))
                .map(columns -> new Row(columns[0], columns[1], columns[2]))
                .toList();
    }

    /** The names of asyncio's own tests of what this library has, {@code file.test}. */
    static List<String> asyncioTests() {
        return lines(ASYNCIO_TESTS).toList();
    }

    /** Those of its files that are not about the network, of which a few have a counterpart here. */
    static List<String> otherTests() {
        return lines(OTHER_TESTS).toList();
    }

    private static Stream<String> lines(String resource) {
        try (InputStream bytes = Row.class.getResourceAsStream(resource)) {
            if (bytes == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            return new String(bytes.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
