package dev.matryoshka.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.matryoshka.architecture.Sources.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: what a reader should never have to put up with cannot come back. Method: the sources of all modules as text; only the
 * lengths of methods are asked of javac's parser.
 */
class TidyTest {
    private static final int FILE_LINES_MAX = 500;

    private static final int METHOD_LINES_MAX = 70;

    /** In two halves, or this file would be its own first finding. */
    private static final Pattern PROMISE = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

    private static final Pattern SLEEP = Pattern.compile("\\b(Thread|TimeUnit\\.[A-Z]+)\\s*\\.\\s*sle" + "ep\\s*\\(");

    private static final Pattern DRAWING = Pattern.compile("/\\*\\*.*<pre>.*</pre>.*\\*/", Pattern.DOTALL);

    private static final Pattern NEVER = Pattern.compile("\\bnever\\b", Pattern.CASE_INSENSITIVE);

    @Test
    void sourcesAreFound() {
        assertThat(Sources.where(Source::isOfLibraryProper)).isNotEmpty();
        assertThat(Sources.where(Source::isTest)).isNotEmpty();
    }

    @Test
    void filesAreShort() {
        none(
                files(
                        source -> source.lines().size() > FILE_LINES_MAX,
                        source -> source.lines().size() + " lines"),
                "no file is longer than " + FILE_LINES_MAX + " lines: find the second idea in it and give it a file");
    }

    @Test
    void methodsAreShort() {
        List<String> found = new ArrayList<>();
        for (Parsed parsed : Parsed.ALL) {
            parsed.visitBlocks((name, tree) -> {
                long lines = parsed.lastLine(tree) - parsed.firstLine(tree) + 1;
                if (lines > METHOD_LINES_MAX) {
                    found.add(parsed.at(tree) + " " + name + " has " + lines + " lines");
                }
            });
        }
        none(
                found,
                "no method is longer than " + METHOD_LINES_MAX
                        + " lines: decisions stay, what a branch does gets a name of its own");
    }

    @Test
    void noTabs() {
        none(lines(source -> true, line -> line.indexOf('\t') >= 0), "indent with spaces: run .ci/format");
    }

    @Test
    void noPromises() {
        none(
                lines(source -> true, line -> PROMISE.matcher(line).find()),
                "do it now, or write an issue: a promise in a comment is read by nobody");
    }

    @Test
    void noTestSleeps() {
        none(
                lines(Source::isTest, line -> SLEEP.matcher(line).find()),
                "a test that sleeps is slow today and fails on a busy machine tomorrow: push the virtual clock,"
                        + " or wait for the event with a limit (CountDownLatch, Future.get with a timeout, join)");
    }

    @Test
    void everyPackageIsIntroduced() {
        Set<String> introduced = Sources.where(Source::isPackageInfo).stream()
                .map(Source::directory)
                .collect(Collectors.toSet());
        List<String> found = Sources.where(Source::isOfLibraryProper).stream()
                .filter(source -> !source.path().endsWith("/module-info.java"))
                .map(Source::directory)
                .distinct()
                .filter(directory -> !introduced.contains(directory))
                .toList();
        none(found, "write a package-info.java: one sentence, one drawing, and what the package never does");
    }

    @Test
    void everyPackageIsDrawnAndSaysWhatItNeverDoes() {
        none(
                files(
                        source -> source.isOfLibraryProper()
                                && source.isPackageInfo()
                                && !(DRAWING.matcher(source.text()).find()
                                        && NEVER.matcher(source.text()).find()),
                        source -> "no javadoc with a drawing and a never"),
                "the javadoc of a package has one sentence, one drawing in <pre>, and what the package never does");
    }

    @Test
    void everyPackageIsNullMarked() {
        none(
                files(
                        source -> source.isOfLibraryProper()
                                && source.isPackageInfo()
                                && !source.text().contains("\n@NullMarked\npackage "),
                        source -> "not null-marked"),
                "write @NullMarked above the package: without it NullAway does not look inside");
    }

    private static List<String> files(Predicate<Source> bad, Function<Source, String> what) {
        return Sources.where(bad).stream()
                .map(source -> source.path() + ": " + what.apply(source))
                .toList();
    }

    private static List<String> lines(Predicate<Source> where, Predicate<String> bad) {
        List<String> found = new ArrayList<>();
        for (Source source : Sources.where(where)) {
            for (int i = 0; i < source.lines().size(); i++) {
                if (bad.test(source.lines().get(i))) {
                    found.add(source.path() + ":" + (i + 1) + ": "
                            + source.lines().get(i).strip());
                }
            }
        }
        return found;
    }

    private static void none(List<String> found, String instead) {
        if (!found.isEmpty()) {
            fail(instead + "\n  " + String.join("\n  ", found));
        }
    }
}
