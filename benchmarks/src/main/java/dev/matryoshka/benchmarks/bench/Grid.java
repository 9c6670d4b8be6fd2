package dev.matryoshka.benchmarks.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A table of text, the first column to the left, figures to the right. Numbers are as the C locale writes them. */
final class Grid {
    private static final int GAP = 2;

    private final List<List<String>> rows = new ArrayList<>();

    /** @param headings of the columns */
    Grid(List<String> headings) {
        rows.add(List.copyOf(headings));
    }

    void add(List<String> row) {
        rows.add(List.copyOf(row));
    }

    /** With spaces, for a terminal. */
    String text() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.getFirst());
            line.repeat(' ', widths[0] - row.getFirst().length());
            for (int i = 1; i < columns; i++) {
                line.repeat(' ', GAP + widths[i] - row.get(i).length()).append(row.get(i));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** For Markdown. */
    String markdown() {
        StringBuilder text = new StringBuilder(markdown(rows.getFirst()));
        text.append("|---|").repeat("---:|", rows.getFirst().size() - 1).append('\n');
        rows.stream().skip(1).forEach(row -> text.append(markdown(row)));
        return text.toString();
    }

    private static String markdown(List<String> row) {
        return row.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    /** A number with so many digits after the point, thousands apart; a hyphen for none. */
    static String number(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%,." + digits + "f", value) : "-";
    }

    /** From the least to the most. */
    static String range(Ratio ratio) {
        return ratio.isKnown() ? number(ratio.least(), 2) + "-" + number(ratio.most(), 2) : "-";
    }
}
