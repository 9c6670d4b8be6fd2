package dev.matryoshka.engine;

/** Has something to do once per pass, after the callbacks and the tasks and before the poll: writes to gather. */
@FunctionalInterface
public interface PassEndListener {
    /** The pass is over. Called once per {@link LoopEngine#atPassEnd}. */
    void onPassEnd();
}
