package dev.matryoshka.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: each facility of the platform (foreign calls, channels, the clock, threads, output) has one home, so that it can be
 * replaced there. Method: what the compiled classes use, method references included.
 */
class FacilitiesTest {
    private static final String KERNEL = Library.ROOT + ".kernel";
    private static final String ENGINE = Library.ROOT + ".engine";
    private static final String RESOLVE = Library.ROOT + ".resolve";
    private static final String SYSTEM_CLOCK = ENGINE + ".SystemClock";

    /** Files may be read anywhere, and an exception is only a word; these are the ways to the network. */
    private static final Set<String> NETWORK_CHANNELS = Set.of(
            "AsynchronousChannelGroup",
            "AsynchronousServerSocketChannel",
            "AsynchronousSocketChannel",
            "DatagramChannel",
            "MembershipKey",
            "MulticastChannel",
            "NetworkChannel",
            "Pipe",
            "SelectableChannel",
            "SelectionKey",
            "Selector",
            "ServerSocketChannel",
            "SocketChannel");

    private static final Set<String> CLOCK_READERS = Set.of("nanoTime", "currentTimeMillis");

    private static final Set<String> THREAD_MAKERS =
            Set.of("ofVirtual", "ofPlatform", "startVirtualThread", JavaConstructor.CONSTRUCTOR_NAME);

    @Test
    void foreignCallsStayInTheKernelsThatNeedThem() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(KERNEL + ".posix..", KERNEL + ".epoll..", KERNEL + ".uring..")
                .should()
                .dependOnClassesThat(resideInAPackage("java.lang.foreign.."))
                .because("the rest must run without native access: put the call behind the doorstep,"
                        + " in kernel.posix if more than one kernel needs it"));
    }

    @Test
    void networkChannelsStayInTheNioKernel() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(KERNEL + ".nio..")
                // It borrows a selector's hook to hear an interrupt; no channel is ever registered with it.
                .and()
                .doNotHaveFullyQualifiedName("dev.matryoshka.engine.InterruptBell")
                .should()
                .dependOnClassesThat(describe("are network channels", FacilitiesTest::isNetworkChannel))
                .because("a channel works with one kernel only: use NonBlockingSocket and Poller,"
                        + " and extend them if they lack something"));
    }

    @Test
    void oneClassLooksAtTheClock() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(KERNEL + "..")
                .and()
                .doNotHaveFullyQualifiedName(SYSTEM_CLOCK)
                .should()
                .accessTargetWhere(access(
                        "it reads the system's clock",
                        (owner, name) -> owner.equals(System.class.getName()) && CLOCK_READERS.contains(name)
                                || owner.equals("java.time.Instant") && name.equals("now")
                                || owner.equals("java.time.Clock") && name.startsWith("system")))
                .because("tests push the time: ask the loop's clock (loop.time(), or kernel.Clock inside)"));
    }

    @Test
    void threadsAreMadeInTheEngineAndTheResolver() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(ENGINE + "..", RESOLVE + "..")
                .should()
                .accessTargetWhere(access(
                        "it makes threads",
                        (owner, name) ->
                                owner.equals(Thread.class.getName()) && THREAD_MAKERS.contains(name) || isPool(owner)))
                .because("a loop has one thread, and its owner ends what it starts: use a task, runInExecutor,"
                        + " or a helper of the engine"));
    }

    @Test
    void nothingIsPrinted() {
        check(noClasses()
                .should()
                .accessTargetWhere(access(
                        "print",
                        (owner, name) ->
                                owner.equals(System.class.getName()) && (name.equals("out") || name.equals("err"))
                                        || name.equals("printStackTrace")))
                .because("standard output belongs to the program: throw, report to the loop's exception handler,"
                        + " or use System.Logger"));
    }

    @Test
    void logGoesThroughSystemLogger() {
        check(noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.util.logging..", "org.slf4j..", "org.apache.logging.."))
                .because("users choose the logging framework: use System.Logger"));
    }

    @Test
    void noTestFrameworkInTheLibrary() {
        check(noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.junit..", "org.assertj..", "junit.."))
                .because("the test kit works in every framework: throw an AssertionError"));
    }

    private static boolean isNetworkChannel(JavaClass type) {
        return type.getPackageName().equals("java.nio.channels") && NETWORK_CHANNELS.contains(outermostSimpleName(type))
                || type.getPackageName().equals("java.nio.channels.spi");
    }

    private static String outermostSimpleName(JavaClass type) {
        String inPackage = type.getName().substring(type.getPackageName().length() + 1);
        int nested = inPackage.indexOf('$');
        return nested < 0 ? inPackage : inPackage.substring(0, nested);
    }

    private static boolean isPool(String owner) {
        return owner.equals("java.util.concurrent.Executors")
                || owner.equals("java.util.concurrent.ForkJoinPool")
                || owner.equals("java.util.concurrent.ThreadPoolExecutor")
                || owner.equals("java.util.concurrent.ScheduledThreadPoolExecutor")
                || owner.equals("java.util.Timer");
    }

    private interface Target {
        boolean test(String owner, String name);
    }

    private static DescribedPredicate<JavaAccess<?>> access(String what, Target target) {
        return describe(
                what,
                access -> target.test(
                        access.getTargetOwner().getName(), access.getTarget().getName()));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(Library.CLASSES);
    }
}
