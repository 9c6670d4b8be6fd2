package dev.matryoshka.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Takes the records of one logger for the time of a test, away from the console. */
public final class LogCapture extends Handler implements AutoCloseable {
    private final Logger logger;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    /** Thrown at each record, after it was taken. */
    public volatile @Nullable RuntimeException throwing;

    private LogCapture(Logger logger) {
        this.logger = logger;
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    public static LogCapture of(String name) {
        return new LogCapture(Logger.getLogger(name));
    }

    public List<LogRecord> taken() {
        return List.copyOf(records);
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
        RuntimeException failure = throwing;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
