package dev.matryoshka.transport;

/** How the connections of one port come to several loops. */
public enum Spread {
    /**
     * One loop accepts, and hands each connection to the loop that has the fewest, in turn among equals. Exact, on every system,
     * for Unix sockets too; costs a wake-up of the other loop per connection.
     */
    LEAST_CONNECTIONS,

    /**
     * Each loop has a listener of its own on the same port (SO_REUSEPORT, socket(7)), and Linux chooses by a hash of the addresses.
     * No hand-off, and no loop that could be the bottleneck of accepting; but a hash does not know who is busy, what waits at a
     * listener that closes is reset, and other systems do not spread at all. For very many short connections, over IP.
     */
    KERNEL
}
