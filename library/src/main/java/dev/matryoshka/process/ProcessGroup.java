package dev.matryoshka.process;

/** Which group a child belongs to, so which signals of a terminal reach it. */
public enum ProcessGroup {
    /** The group of this process: Ctrl-C in the terminal reaches both. */
    INHERITED,
    /** A group of its own (asyncio's {@code process_group=0}), which setpgid(2) makes: Ctrl-C does not reach it. */
    OWN,
    /** A session of its own, without a terminal (asyncio's {@code start_new_session}), by setsid(2). */
    OWN_SESSION
}
