package dev.matryoshka.guards;

/** What is asked at once. */
enum Load {
    ONE_MESSAGE(1000, 1),
    /** Lines, for the one that reads lines. */
    PIPELINED(64, 64),
    /** Below what a transport receives at once, above what fits a segment. */
    LARGE(100 * 1024, 1);

    private final int messageBytes;
    private final int messagesAtOnce;

    Load(int messageBytes, int messagesAtOnce) {
        this.messageBytes = messageBytes;
        this.messagesAtOnce = messagesAtOnce;
    }

    /** Those that answer it: a line of 100 KiB is longer than a reader's limit. */
    boolean suits(Doll doll) {
        return this != LARGE || doll != Doll.LINES;
    }

    Asker asker() {
        return new Asker(messageBytes, messagesAtOnce);
    }
}
