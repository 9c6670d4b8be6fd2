/** asyncio's network stack for the JVM: one event loop and three nested ways to use it. */
module dev.matryoshka {
    requires static org.jspecify;
}
