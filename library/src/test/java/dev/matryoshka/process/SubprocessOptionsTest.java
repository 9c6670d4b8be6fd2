package dev.matryoshka.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: options are values, and nonsense is refused where it is written. */
class SubprocessOptionsTest {
    @Test
    void theDefaultsAreAsyncios() {
        assertThat(SubprocessOptions.inherited().stdout()).isEqualTo(Stdio.INHERIT);
        assertThat(SubprocessOptions.piped().stderr()).isEqualTo(Stdio.PIPE);
        assertThat(SubprocessOptions.piped().environment()).isNull();
        assertThat(SubprocessOptions.piped().group()).isEqualTo(ProcessGroup.INHERITED);
    }

    @Test
    void eachOptionIsReplacedAlone() {
        SubprocessOptions options = SubprocessOptions.inherited()
                .withStdin(Stdio.DEVNULL)
                .withStdout(Stdio.file(Path.of("out")))
                .withStderr(Stdio.STDOUT)
                .withEnvironment(Map.of("A", "1"))
                .withVariable("B", "2")
                .withDirectory(Path.of("/"))
                .withGroup(ProcessGroup.OWN_SESSION);
        assertThat(options)
                .isEqualTo(new SubprocessOptions(
                        Stdio.DEVNULL,
                        Stdio.file(Path.of("out")),
                        Stdio.STDOUT,
                        Map.of("A", "1", "B", "2"),
                        Path.of("/"),
                        ProcessGroup.OWN_SESSION));
    }

    @Test
    void aVariableComesOnTopOfThoseOfThisProcess() {
        assertThat(SubprocessOptions.inherited().withVariable("B", "2").environment())
                .containsEntry("B", "2")
                .containsEntry("PATH", System.getenv("PATH"));
    }

    @Test
    void nonsenseIsRefused() {
        SubprocessOptions any = SubprocessOptions.piped();
        assertThatThrownBy(() -> any.withStdout(Stdio.STDOUT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> any.withStdin(Stdio.STDOUT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> any.withStdin(Stdio.append(Path.of("x"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("APPEND x");
        for (Map<String, String> variables :
                List.of(Map.of("", "1"), Map.of("A=B", "1"), Map.of("A", "1\0"), Map.of("A\0", "1"))) {
            assertThatThrownBy(() -> any.withEnvironment(variables)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theyAreSpelledForPeople() {
        assertThat(Stdio.PIPE).hasToString("PIPE");
        assertThat(Stdio.file(Path.of("/tmp/log"))).hasToString("FILE /tmp/log");
    }
}
