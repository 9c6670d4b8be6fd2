package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunProgramTest {
    @Test
    void whatItSaysIsNumbered() throws Exception {
        assertThat(Output.of(RunProgram::main, "echo out; echo err >&2; exit 3"))
                .isEqualTo("1: out\n2: err\nended with 3\n");
    }

    @Test
    void aSignalThatEndsItIsTold() throws Exception {
        assertThat(Output.of(RunProgram::main, "echo before; kill -TERM $$"))
                .isEqualTo("1: before\nended by signal 15\n");
    }
}
