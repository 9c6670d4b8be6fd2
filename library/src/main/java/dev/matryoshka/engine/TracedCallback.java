package dev.matryoshka.engine;

/** A callback of debug mode: an exception that escapes it carries, as a suppressed one, the place that scheduled it. */
final class TracedCallback implements Runnable {
    private final Runnable body;
    private final Origin origin = Origin.here("scheduled here");

    TracedCallback(Runnable body) {
        this.body = body;
    }

    @Override
    public void run() {
        try {
            body.run();
        } catch (RuntimeException | Error escaped) {
            escaped.addSuppressed(origin);
            throw escaped;
        }
    }

    @Override
    public String toString() {
        return body + " scheduled at " + origin;
    }
}
