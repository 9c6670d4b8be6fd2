package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: no Java snippet of the README or the guide is a fiction. Method: each block's lines, without indentation, have to stand
 * in a row in a program that is compiled and run: an example, or a test of the test kit.
 */
class SnippetsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final String FENCE = "```";

    @Test
    void everySnippetStandsInAProgramThatRuns() throws IOException {
        List<List<String>> programs = new ArrayList<>();
        for (Path program : programs()) {
            programs.add(stripped(Files.readAllLines(program)));
        }
        List<String> fictions = new ArrayList<>();
        int snippets = 0;
        for (Path page : pages()) {
            for (List<String> snippet : snippets(Files.readAllLines(page))) {
                snippets++;
                if (programs.stream().noneMatch(program -> Collections.indexOfSubList(program, snippet) >= 0)) {
                    fictions.add(ROOT.relativize(page) + ": " + String.join(" ", snippet));
                }
            }
        }
        assertThat(fictions).as("snippets that stand in no example").isEmpty();
        assertThat(snippets).as("snippets found at all").isPositive();
    }

    private static List<Path> programs() throws IOException {
        List<Path> files = new ArrayList<>(javaFiles(ROOT.resolve("examples/src")));
        files.addAll(javaFiles(ROOT.resolve("library/src/test/java/dev/matryoshka/testing")));
        return files;
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        pages.add(ROOT.resolve("README.md"));
        try (Stream<Path> guide = Files.list(ROOT.resolve("docs/guide"))) {
            guide.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }

    private static List<List<String>> snippets(List<String> page) {
        List<List<String>> snippets = new ArrayList<>();
        for (int line = 0; line < page.size(); line++) {
            if (page.get(line).strip().equals(FENCE + "java")) {
                int end = line + 1;
                while (!page.get(end).strip().equals(FENCE)) {
                    end++;
                }
                snippets.add(stripped(page.subList(line + 1, end)));
                line = end;
            }
        }
        return snippets;
    }

    /** Lines without indentation and blank ones: a snippet may stand deeper or looser than its program. */
    private static List<String> stripped(List<String> lines) {
        return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
