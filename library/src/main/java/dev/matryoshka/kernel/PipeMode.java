package dev.matryoshka.kernel;

/** What this process does with its end of a pipe. */
public enum PipeMode {
    READ,
    WRITE
}
