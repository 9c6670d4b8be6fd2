package dev.matryoshka.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the reports say of results that nobody measured. */
class ReportTest {
    private final Results results = Fixtures.results();

    @TempDir
    private Path folder;

    @Test
    void theTableHasMediansRatiosAndTheirSpread() {
        StringWriter out = new StringWriter();
        TableReport.print(new PrintWriter(out), results);

        assertThat(out.toString().lines())
                .contains(
                        "10x1024: 10 connections, 1 KiB messages",
                        "server          requests/s   x c  CPU us/request   x c      range  p50 us    p99  p99.9",
                        "protocol               950  0.95           11.00  1.10  1.00-1.20    60.2  901.1  901.1",
                        "c                    1,000  1.00           10.00  1.00  1.00-1.00    50.2   50.2   50.2");
        assertThat(out.toString().lines().filter(line -> line.startsWith("protocol ") && line.endsWith("-")))
                .as("not measured with the large messages")
                .hasSize(1);
        assertThat(out.toString()).contains("left out: protocol, 10x102400: the server has ended");
    }

    @Test
    void theSameServerTwiceTellsWhatIsNoise() {
        assertThat(Tables.noise(results))
                .contains("A/A: protocol-again is protocol once more. Their CPU differs by up to 0.0 % between medians"
                        + " and 2.0 % within a round: smaller differences are noise.");
    }

    @Test
    void withoutATwinNothingIsSaidOfNoise() {
        Plan plan =
                new Plan(List.of(Fixtures.contestant("stream")), List.of(Fixtures.ARTICLE), 1, Duration.ofMillis(1), 1);

        assertThat(Tables.noise(new Results(plan, Pinning.NONE))).isEmpty();
        assertThat(plan.baselines().getFirst().name()).isEqualTo("stream");
    }

    @Test
    void whereCDoesNotGoNettyIsTheBaseline() {
        Contestant stream = Fixtures.contestant("stream");
        Contestant netty = Fixtures.contestant("netty-epoll");
        Workload tls = Family.TLS.standard();
        Plan plan =
                new Plan(List.of(stream, netty, Fixtures.contestant("c")), List.of(tls), 1, Duration.ofMillis(1), 1);
        Results measured = new Results(plan, Pinning.NONE);
        measured.add(stream, tls, 1, Fixtures.result(100, 50, 10));
        measured.add(netty, tls, 1, Fixtures.result(100, 100, 10));

        assertThat(measured.cost(stream, tls).value()).isEqualTo(0.5);
        assertThat(Tables.of(measured, tls).text()).contains("x netty-epoll").doesNotContain("x c ");
        assertThat(Tables.summary(measured).text()).contains("tls  netty-epoll    0.50");
    }

    @Test
    void theMeanIsGeometricAndOverTheEchoesThatAllHaveDone() {
        Contestant protocol = Fixtures.contestant("protocol");
        Contestant c = Fixtures.contestant("c");
        Workload third = Family.parse("1x64");
        List<Workload> workloads = List.of(Fixtures.ARTICLE, Fixtures.LARGE, third, Family.UNIX.standard());
        Contestant dead = Fixtures.contestant("dead");
        Plan plan = new Plan(List.of(protocol, c, protocol.again(), dead), workloads, 1, Duration.ofMillis(1), 1);
        Results measured = new Results(plan, Pinning.NONE);
        for (Workload workload : workloads) {
            measured.add(c, workload, 1, Fixtures.result(100, 10, 10));
            measured.add(protocol.again(), workload, 1, Fixtures.result(100, 20, 10));
        }
        measured.add(protocol, Fixtures.ARTICLE, 1, Fixtures.result(100, 40, 10));
        measured.add(protocol, Fixtures.LARGE, 1, Fixtures.result(100, 10, 10));

        assertThat(Tables.summary(measured).markdown()).contains("| mean of 2 echoes | c | 2.00 | 1.00 | 2.00 | - |");
        assertThat(Tables.noise(measured))
                .get()
                .asString()
                .endsWith("are noise. The means over the echoes differ by 0.0 %.");
        assertThat(Tables.summary(results).text()).as("one echo has no mean").doesNotContain("mean");
    }

    @Test
    void jsonHasEveryRound() throws Exception {
        Path file = folder.resolve("figures.json");
        JsonReport.write(file, results);

        String json = Files.readString(file);
        assertThat(json)
                .contains(
                        "\"baseline\": \"c\", \"unit\": \"requests/s\"",
                        "\"pinning\": \"server on core 0, load on core 1\"",
                        "\"seed\": 7")
                .contains("\"cpuRatio\": {\"value\": 1.100, \"least\": 1.000, \"most\": 1.200}")
                .contains("\"protocol, 10x102400\": \"the server has ended\"")
                .doesNotContain("NaN");
        assertThat(json.lines().filter(line -> line.contains("\"server\": "))).hasSize(4);
        assertThat(json.split("\"round\": ")).hasSize(11);
    }

    @Test
    void textIsQuotedInJson() {
        assertThat(Json.text(List.of("a\"b\\c\n", 1.5, 2, Double.NaN)))
                .isEqualTo("[\n  \"a\\\"b\\\\c\\u000a\",\n  1.500,\n  2,\n  null\n]\n");
    }

    @Test
    void aPageKeepsItsWordsAndGetsNewTables() throws Exception {
        Path page = folder.resolve("page.md");
        Files.writeString(page, "# Before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nAfter\n");
        assertThat(MarkdownReport.canWrite(page)).isTrue();

        MarkdownReport.write(page, results);
        MarkdownReport.write(page, results);

        String text = Files.readString(page);
        assertThat(text)
                .startsWith("# Before\n<!-- bench: begin -->\n- date: ")
                .endsWith("<!-- bench: end -->\nAfter\n");
        assertThat(text).doesNotContain("old").containsOnlyOnce("### At a glance");
        assertThat(text)
                .contains(
                        "| protocol | 950 | 0.95 | 11.00 | 1.10 | 1.00-1.20 |",
                        "| 10x1024 | c | 1.10 | 1.00 | 1.10 |",
                        "A/A: ");
    }

    @Test
    void aPageWithoutMarksIsNotTouched() throws Exception {
        Path page = folder.resolve("page.md");
        Files.writeString(page, "# Words\n<!-- bench: end -->\n<!-- bench: begin -->\n");

        assertThat(MarkdownReport.canWrite(page)).isFalse();
        assertThat(MarkdownReport.canWrite(folder.resolve("new.md"))).isTrue();
    }

    @Test
    void chartsAreSvgOrPixelsByTheirName() throws Exception {
        Path svg = folder.resolve("rates.svg");
        Path png = folder.resolve("costs.PNG");

        ChartReport.writeRates(svg, results);
        ChartReport.writeCosts(png, results);

        assertThat(Files.readString(svg))
                .startsWith("<?xml")
                .contains("<svg", "version=\"1.1\"", "</svg>")
                .doesNotContainPattern("\\.\\d\\d");
        assertThat(Files.readAllBytes(png)).startsWith(0x89, 'P', 'N', 'G');
    }
}
