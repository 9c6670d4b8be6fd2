package dev.matryoshka.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.ProcessSignals;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a signal reaches the callbacks of the loops that asked for it, on their threads, and nobody once they have stopped
 * asking. Method: true signals from kill(1), to this very JVM.
 */
@Proves({"add_signal_handler", "remove_signal_handler"})
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(LeakCheck.class)
class SignalsTest {
    private static final Signal ANY = Signal.SIGUSR1;

    private final List<String> heard = new ArrayList<>();

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    @Proves(
            value = "add_signal_handler",
            ports = {
                "test_events.test_add_signal_handler",
                "test_events.test_signal_handling_while_selecting",
                "test_unix_events.test_add_signal_handler"
            })
    void aSignalWakesTheLoopAndIsDeliveredOnIt(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("on the loop: " + on.loop.isLoopThread()));
                Kill.self(ANY);
                on.until("the signal is heard", () -> !heard.isEmpty());
            });
        }
        assertThat(heard).containsExactly("on the loop: true");
    }

    @Test
    void eachArrivalIsDeliveredAgain() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("x"));
                for (int i = 1; i <= 3; i++) {
                    int count = i;
                    Kill.self(ANY);
                    on.until("arrival " + i, () -> heard.size() == count);
                }
            });
        }
    }

    @Test
    @Proves(ports = "test_unix_events.test_remove_signal_handler")
    void aRemovedHandlerHearsNothingAndTheJvmHasItsOwnBack() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(Signal.SIGWINCH, () -> heard.add("window"));
                assertThat(on.loop.removeSignalHandler(Signal.SIGWINCH)).isTrue();
                assertThat(on.loop.removeSignalHandler(Signal.SIGWINCH))
                        .as("a second time")
                        .isFalse();
                Kill.self(Signal.SIGWINCH); // ignored by default, signal(7)
                on.loop.addSignalHandler(ANY, () -> heard.add("later"));
                Kill.self(ANY);
                on.until("a later one is heard", () -> heard.contains("later"));
            });
        }
        assertThat(heard).containsExactly("later");
    }

    @Test
    @Proves(ports = "test_unix_events.test_handle_signal_cancelled_handler")
    void aSignalOnItsWayIsNotDeliveredOnceItsHandlerIsRemoved() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("too late"));
                letOneBeOnItsWay();
                on.loop.removeSignalHandler(ANY);
                on.passes(5);
            });
        }
        assertThat(heard).isEmpty();
    }

    /** Returns when it lies in the inbox of the loop, which is held meanwhile. */
    private void letOneBeOnItsWay() throws Exception {
        AtomicReference<Thread> jvm = new AtomicReference<>();
        ProcessSignals.listen(ANY.shortName(), this, () -> jvm.set(Thread.currentThread()));
        Kill.selfSoon(ANY);
        while (jvm.get() == null || jvm.get().isAlive()) {
            Thread.onSpinWait();
        }
        ProcessSignals.unlisten(ANY.shortName(), this);
    }

    @Test
    void aSignalOnItsWayIsDeliveredToTheHandlerThatHasReplacedItsOwn() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("first"));
                letOneBeOnItsWay();
                on.loop.addSignalHandler(ANY, () -> heard.add("second"));
                on.until("the signal is heard", () -> !heard.isEmpty());
                on.passes(5);
            });
        }
        assertThat(heard).containsExactly("second");
    }

    @Test
    void aSecondHandlerReplacesTheFirst() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("first"));
                on.loop.addSignalHandler(ANY, () -> heard.add("second"));
                Kill.self(ANY);
                on.until("the signal is heard", () -> !heard.isEmpty());
                on.passes(5);
            });
        }
        assertThat(heard).containsExactly("second");
    }

    @Test
    void everyLoopThatAsksHearsIt() throws Exception {
        try (TestLoop one = TestLoop.over(Net.EPOLL);
                TestLoop other = TestLoop.over(Net.NIO)) {
            one.loop.addSignalHandler(ANY, () -> heard.add("one"));
            other.loop.addSignalHandler(ANY, () -> heard.add("other"));
            Kill.self(ANY);
            one.run(() -> one.until("one hears", () -> heard.contains("one")));
            other.run(() -> other.until("the other hears", () -> heard.contains("other")));

            one.loop.removeSignalHandler(ANY);
            Kill.self(ANY);
            other.run(() -> other.until("the other hears again", () -> heard.size() == 3));
            assertThat(heard).containsExactly("one", "other", "other");
        }
    }

    @Test
    @Proves(ports = "test_unix_events.test_close")
    void closingALoopTakesItsHandlersBack() throws Exception {
        TestLoop on = TestLoop.over(Net.EPOLL);
        on.loop.addSignalHandler(ANY, () -> heard.add("closed"));
        on.loop.addSignalHandler(Signal.SIGHUP, () -> heard.add("closed"));
        assertThat(ProcessSignals.listenerCount("USR1")).isOne();
        on.close();
        assertThat(ProcessSignals.listenerCount("USR1")).isZero();
        assertThat(ProcessSignals.listenerCount("HUP")).isZero();
        assertThatThrownBy(() -> on.loop.addSignalHandler(ANY, () -> {})).isInstanceOf(LoopClosedException.class);
    }

    @Test
    void whatAHandlerThrowsGoesToTheExceptionHandler() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                RuntimeException thrown = new RuntimeException("mine");
                on.loop.addSignalHandler(ANY, () -> {
                    heard.add("thrown");
                    throw thrown;
                });
                Kill.self(ANY);
                on.until("the signal is heard", () -> !heard.isEmpty());
                on.passes(1);
                assertThat(on.reported())
                        .singleElement()
                        .satisfies(context -> assertThat(context.exception()).isSameAs(thrown));
            });
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Signal.class,
            names = {"SIGKILL", "SIGSTOP", "SIGQUIT", "SIGUSR2", "SIGPIPE"})
    @Proves(ports = {"test_events.test_add_signal_handler", "test_unix_events.test_check_signal"})
    void whatNobodyCanCatchAndWhatTheJvmNeedsIsRefusedWithTheReason(Signal signal) throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            assertThat(signal.isCatchable()).isFalse();
            assertThatThrownBy(() -> on.loop.addSignalHandler(signal, () -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(signal + " cannot be handled: ");
            assertThat(on.loop.removeSignalHandler(signal)).isFalse();
        }
    }

    @Test
    void whatTheJvmItselfRefusesIsToldAsThat() {
        assertThatThrownBy(() -> ProcessSignals.listen("SEGV", this, () -> {}))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageStartingWith("SIGSEGV is not to be had");
        assertThatThrownBy(() -> ProcessSignals.listen("NOSUCH", this, () -> {}))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(ProcessSignals.listenerCount("SEGV")).isZero();
    }

    @Test
    void onlyTheLoopsOwnThreadMayAsk() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread foreign = Thread.ofPlatform().start(() -> {
                try {
                    on.loop.addSignalHandler(ANY, () -> {});
                } catch (WrongThreadException expected) {
                    thrown.set(expected);
                }
            });
            foreign.join();
            assertThat(thrown.get()).isInstanceOf(WrongThreadException.class);
        }
    }

    @Test
    @Proves(
            ports = {
                "test_unix_events.test_add_signal_handler_install_error2",
                "test_unix_events.test_remove_signal_handler_2"
            })
    void aHandlerOfSomebodyElseThatCameLaterStays() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.loop.addSignalHandler(ANY, () -> heard.add("ours"));
            handle(theirs(new AtomicInteger()));
            on.loop.removeSignalHandler(ANY);
            assertThat(handle(standard())).as("who handles it").hasToString("theirs");
        }
    }

    /** The handler was taken out and put in again; what came between went to whoever was there before, or ended the process. */
    @Test
    void whileAHandlerIsReplacedNoSignalGoesToWhoeverWasThereBefore() throws Exception {
        AtomicInteger astray = new AtomicInteger();
        handle(theirs(astray));
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("ours"));
                Thread sender = Thread.ofPlatform().start(SignalsTest::sendMany);
                while (sender.isAlive()) {
                    on.loop.addSignalHandler(ANY, () -> heard.add("ours"));
                }
                on.until("one is heard", () -> !heard.isEmpty());
            });
        } finally {
            handle(standard());
        }
        assertThat(astray).hasValue(0);
    }

    private static void sendMany() {
        try {
            for (int i = 0; i < 30; i++) {
                Kill.self(ANY);
            }
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void whoAsksAgainGetsTheSignalBackFromSomebodyElse() throws Exception {
        AtomicInteger astray = new AtomicInteger();
        Object afterUs;
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                on.loop.addSignalHandler(ANY, () -> heard.add("first"));
                handle(theirs(astray));
                on.loop.addSignalHandler(ANY, () -> heard.add("second"));
                Kill.self(ANY);
                on.until("the signal is heard", () -> !heard.isEmpty());
            });
        } finally {
            afterUs = handle(standard());
        }
        assertThat(afterUs).hasToString("theirs");
        assertThat(heard).containsExactly("second");
        assertThat(astray).hasValue(0);
    }

    /** A handler that knows nothing of loops, and counts its calls. */
    private static Object theirs(AtomicInteger calls) throws Exception {
        Class<?> type = Class.forName("sun.misc.SignalHandler");
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (p, m, a) -> {
            return switch (m.getName()) {
                case "equals" -> p == a[0];
                case "hashCode" -> 1;
                case "toString" -> "theirs";
                default -> calls.incrementAndGet();
            };
        });
    }

    private static Object standard() throws Exception {
        return Class.forName("sun.misc.SignalHandler").getField("SIG_DFL").get(null);
    }

    /** Puts a handler in, past all loops, and returns the one before. */
    private static Object handle(Object handler) throws Exception {
        Class<?> signals = Class.forName("sun.misc.Signal");
        Object any = signals.getConstructor(String.class).newInstance(ANY.shortName());
        return signals.getMethod("handle", signals, Class.forName("sun.misc.SignalHandler"))
                .invoke(null, any, handler);
    }
}
