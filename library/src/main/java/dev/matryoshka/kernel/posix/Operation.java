package dev.matryoshka.kernel.posix;

import org.jspecify.annotations.Nullable;

/**
 * What was asked of the operating system when it answered with an error: the first words of the message, and half of
 * the decision which exception it becomes.
 */
public enum Operation {
    OPEN("open"),
    BIND("bind to"),
    LISTEN("listen on"),
    ACCEPT("accept on"),
    CONNECT("connect to"),
    RECEIVE("receive from"),
    SEND("send to"),
    JOIN("join or leave the multicast group"),
    SHUTDOWN("shut down the connection to"),
    /** A pending error (SO_ERROR) that belongs to no call. */
    CONNECTION("connection to"),
    OPTION("set or read"),
    READ("read from"),
    WRITE("write to"),
    WATCH("watch"),
    POLL("wait on"),
    SPAWN("start"),
    SIGNAL("send a signal to");

    private final String words;

    Operation(String words) {
        this.words = words;
    }

    /** @param subject an address or another noun; null when it is not known */
    String of(@Nullable Object subject) {
        return words + " " + (subject == null ? "a socket" : SocketAddresses.text(subject));
    }
}
