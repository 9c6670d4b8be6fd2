package dev.matryoshka.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.RunningServer;
import dev.matryoshka.benchmarks.load.LoadResult;
import dev.matryoshka.benchmarks.load.Loads;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ApiTest {
    static Stream<Arguments> modes() {
        EnumSet<Mode> own = EnumSet.complementOf(EnumSet.of(Mode.ECHO, Mode.LINES));
        return Stream.of(Api.values()).flatMap(api -> own.stream().map(mode -> Arguments.of(api, mode)));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void eachDollAnswersInEachModeAsItShould(Api api, Mode mode) throws Exception {
        try (RunningServer server = RunningServer.start(api, mode)) {
            LoadResult result = Loads.run(Loads.request(mode, server.port()));
            assertThat(result.requests()).isPositive();

            LoadResult again = Loads.run(Loads.request(mode, server.port()));
            assertThat(again.requests())
                    .as("those who left did not take the server with them")
                    .isPositive();
        }
    }

    @Test
    void anEchoIsLeftToTheCommandLine() {
        assertThatThrownBy(() -> RunningServer.start(Api.STREAM, Mode.LINES)).hasMessageContaining("echo");
    }

    @Test
    void theCommandTellsWhatItDoesNotKnow() {
        StringWriter err = new StringWriter();

        int exitCode = Main.run(
                new PrintWriter(new StringWriter()),
                new PrintWriter(err),
                "serve --api stream --mode fly --until-eof".split(" "));

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString()).contains("'fly' is not one of echo, lines, source, file, two-write, udp");
    }
}
