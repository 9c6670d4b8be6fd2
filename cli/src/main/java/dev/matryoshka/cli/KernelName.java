package dev.matryoshka.cli;

import java.util.Locale;

/** What {@code --kernel} accepts. */
enum KernelName {
    AUTO,
    NIO,
    EPOLL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
