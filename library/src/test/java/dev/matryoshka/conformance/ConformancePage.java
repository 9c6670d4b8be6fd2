package dev.matryoshka.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes {@code docs/conformance.md}: the same tests give the same page. */
final class ConformancePage {
    /** More names than these say nothing more. */
    private static final int TESTS_SHOWN = 4;

    private final List<Row> rows;
    private final Map<String, List<Proof>> byRow = new LinkedHashMap<>();
    private final Set<String> ported = new TreeSet<>();
    private final List<String> asyncioTests;
    private final List<String> otherTests;

    /**
     * @param asyncioTests those that are counted
     * @param otherTests those that may be named and are not counted
     */
    ConformancePage(List<Row> rows, List<Proof> proofs, List<String> asyncioTests, List<String> otherTests) {
        this.rows = rows;
        this.asyncioTests = asyncioTests;
        this.otherTests = otherTests;
        for (Proof proof : proofs) {
            proof.rows()
                    .forEach(row ->
                            byRow.computeIfAbsent(row, key -> new ArrayList<>()).add(proof));
            ported.addAll(proof.ports());
        }
    }

    /** Rows with neither a test nor a reason. */
    List<String> unproven() {
        return rows.stream()
                .filter(row -> row.reason().isEmpty() && !byRow.containsKey(row.id()))
                .map(row -> row.id() + " (" + row.what() + ")")
                .toList();
    }

    /** Rows that a test names and the specification does not have. */
    List<String> unknown() {
        Set<String> known = new LinkedHashSet<>();
        rows.forEach(row -> known.add(row.id()));
        return byRow.keySet().stream()
                .filter(row -> !known.contains(row))
                .map(row -> row + " in " + byRow.get(row).getFirst().test())
                .toList();
    }

    /** Tests of asyncio that a test names and that do not exist. */
    List<String> unknownPorts() {
        Set<String> known = new LinkedHashSet<>(asyncioTests);
        known.addAll(otherTests);
        return ported.stream().filter(name -> !known.contains(name)).toList();
    }

    String text() {
        StringBuilder page = new StringBuilder("""
            # Conformance

            What asyncio's network stack does, row by row, and which tests prove it here. Generated from the tests
            (`mvn -pl library test -Dtest=ConformanceTest -Dconformance.write=true`); the build fails when a row has neither a test
            nor a reason, and when this page is older than the tests. Where we differ on purpose: [0007](design/0007-differences.md).

            Rows: S what an article on asyncio's three APIs says of them, B bugs of asyncio, W what goes beyond it, I issues of its users; a section is a
            chapter of the specification that this library was written from, which is not part of the repository. Design pages cite rows by these names.

            """);
        section(page, "What the article describes", "S-");
        section(page, "Functions", "");
        section(page, "Bugs of asyncio 3.13.0, not ported", "B");
        section(page, "Beyond asyncio", "W");
        section(page, "What users of asyncio report", "I");
        counterparts(page);
        return page.toString();
    }

    private void section(StringBuilder page, String title, String prefix) {
        page.append("## ").append(title).append("\n\n| row | what | tests | kernels |\n|---|---|---|---|\n");
        for (Row row : rows) {
            if (group(row.id()).equals(prefix)) {
                line(page, row);
            }
        }
        page.append('\n');
    }

    /** Functions begin with a small letter, or are methods of a class. */
    private static String group(String id) {
        if (id.startsWith("S-")) {
            return "S-";
        }
        return id.matches("[BW]\\d+|I-\\d+") ? id.substring(0, 1) : "";
    }

    private void line(StringBuilder page, Row row) {
        List<Proof> proofs = byRow.getOrDefault(row.id(), List.of());
        page.append("| ").append(row.id()).append(" | ").append(row.what()).append(" | ");
        if (proofs.isEmpty()) {
            page.append("*not tested: ").append(row.reason()).append("* | |\n");
            return;
        }
        List<String> names = proofs.stream()
                .map(proof -> "`" + proof.test() + "`")
                .distinct()
                .toList();
        page.append(String.join(", ", names.subList(0, Math.min(TESTS_SHOWN, names.size()))));
        if (names.size() > TESTS_SHOWN) {
            page.append(" and ").append(names.size() - TESTS_SHOWN).append(" more");
        }
        Set<String> kernels = new TreeSet<>();
        for (Proof proof : proofs) {
            for (String kernel : proof.kernels().split(", (?:and )?")) {
                if (!kernel.isEmpty()) {
                    kernels.add(kernel);
                }
            }
        }
        page.append(" | ").append(String.join(", ", kernels)).append(" |\n");
    }

    private void counterparts(StringBuilder page) {
        Map<String, int[]> byFile = new TreeMap<>();
        Set<String> known = Set.copyOf(asyncioTests);
        for (String name : asyncioTests) {
            byFile.computeIfAbsent(name.substring(0, name.indexOf('.')), file -> new int[2])[1]++;
        }
        for (String name : ported) {
            if (known.contains(name)) {
                byFile.get(name.substring(0, name.indexOf('.')))[0]++;
            }
        }
        page.append("""
            ## Counterparts of asyncio's own tests

            Test methods of CPython's `test_asyncio` in the files that touch networking (names of 3.11, and those of 3.13 that our tests
            name), and how many of them have a test here that names them (`@Proves(ports = ...)`). Tests of CPython's internals, of its
            mocks and of coroutine syntax have none.

            | file | have a counterpart | tests |
            |---|---|---|
            """);
        int all = 0;
        int have = 0;
        for (Map.Entry<String, int[]> file : byFile.entrySet()) {
            have += file.getValue()[0];
            all += file.getValue()[1];
            page.append("| `").append(file.getKey()).append("` | ").append(file.getValue()[0]);
            page.append(" | ").append(file.getValue()[1]).append(" |\n");
        }
        page.append("| together | ").append(have).append(" | ").append(all).append(" |\n");
    }
}
