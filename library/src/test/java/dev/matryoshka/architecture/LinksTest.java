package dev.matryoshka.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: no page sends its reader to where nothing is. Method: each relative link of each page in Markdown, and its anchor, looked up;
 * links to the world outside are not followed.
 */
class LinksTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(<?([^)\\s#>]*)(?:#([^)\\s>]*))?>?\\)");
    private static final Pattern OUTSIDE = Pattern.compile("[a-z]+:.*");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");
    private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (Path directory : List.of(Sources.ROOT, Sources.ROOT.resolve("docs"))) {
            int depth = directory.equals(Sources.ROOT) ? 1 : Integer.MAX_VALUE;
            try (Stream<Path> files = Files.walk(directory, depth)) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
            }
        }
        return pages;
    }

    /** The lines that are prose: not within a fence. */
    private static void prose(Path page, Consumer<String> line) throws IOException {
        boolean fenced = false;
        for (String each : Files.readAllLines(page)) {
            if (each.stripLeading().startsWith("```")) {
                fenced = !fenced;
            } else if (!fenced) {
                line.accept(each);
            }
        }
    }

    /** As GitHub makes them: in lower case, without punctuation, hyphens for spaces, a number behind what comes again. */
    private static List<String> anchors(Path page) throws IOException {
        List<String> anchors = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        prose(page, line -> {
            if (line.matches("#{1,6} .*")) {
                String words = line.replaceFirst("#+ +", "").strip().toLowerCase(Locale.ROOT);
                String anchor = NOT_IN_ANCHORS.matcher(words).replaceAll("").replace(' ', '-');
                int before = seen.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(before == 0 ? anchor : anchor + "-" + before);
            }
        });
        return anchors;
    }

    @Test
    void everyRelativeLinkLeadsToAFileAndEveryAnchorToAHeading() throws IOException {
        assumeTrue(Files.isDirectory(Sources.ROOT.resolve("docs")), "the library alone, without its pages");
        List<String> broken = new ArrayList<>();
        int[] links = {0};
        for (Path page : pages()) {
            List<String[]> found = new ArrayList<>();
            prose(page, line -> {
                Matcher matcher = LINK.matcher(CODE.matcher(line).replaceAll("code"));
                while (matcher.find()) {
                    found.add(new String[] {matcher.group(1), matcher.group(2)});
                }
            });
            for (String[] link : found) {
                if (OUTSIDE.matcher(link[0]).matches()) {
                    continue;
                }
                links[0]++;
                Path target =
                        link[0].isEmpty() ? page : page.resolveSibling(link[0]).normalize();
                String shown = Sources.ROOT.relativize(page) + ": " + link[0] + (link[1] == null ? "" : "#" + link[1]);
                if (!Files.exists(target)) {
                    broken.add(shown + " is not there");
                } else if (link[1] != null && !anchors(target).contains(link[1])) {
                    broken.add(shown + " is no heading; there are " + anchors(target));
                }
            }
        }
        assertThat(broken).as("links that lead nowhere").isEmpty();
        assertThat(links[0]).as("links that were found").isGreaterThan(50);
    }
}
