package dev.matryoshka.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.architecture.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Goal: the page that says what is proven is never older than the proofs. Method: it is generated from them and compared; with
 * {@code -Dconformance.write=true} it is written instead.
 */
class ConformanceTest {
    private static final Path PAGE = Sources.ROOT.resolve("docs/conformance.md");

    private final ConformancePage page =
            new ConformancePage(Row.all(), Proof.all(), Row.asyncioTests(), Row.otherTests());

    @Test
    void everyRowHasATestOrAReason() {
        assertThat(page.unproven())
                .as("rows of the specification that nothing proves: tag a test with @Proves, or give rows.tsv a reason")
                .isEmpty();
    }

    @Test
    void noTestNamesARowThatDoesNotExist() {
        assertThat(page.unknown()).as("rows that rows.tsv does not have").isEmpty();
    }

    @Test
    void noTestNamesATestOfAsyncioThatDoesNotExist() {
        assertThat(page.unknownPorts())
                .as("names that asyncio-tests.txt does not have")
                .isEmpty();
    }

    @Test
    void thePageIsUpToDate() throws IOException {
        if (Boolean.getBoolean("conformance.write")) {
            Files.writeString(PAGE, page.text());
        }
        assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
                .as("docs/conformance.md is older than the tests: run this test with -Dconformance.write=true")
                .isEqualTo(page.text());
    }
}
