package dev.matryoshka.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Goal: the nesting of the dolls is what the imports say, not what a page says. Method: the order below against the compiled
 * classes. A package that does not exist yet breaks no rule.
 */
class LayersTest {
    /** Innermost first. A package may use the lines above its own; packages of one line do not know each other. */
    private static final List<Set<String>> INSIDE_OUT = List.of(
            Set.of("address"),
            Set.of("file"),
            Set.of("kernel"),
            Set.of("kernel.posix"),
            Set.of("kernel.nio", "kernel.epoll", "kernel.uring", "kernel.memory", "kernel.faulty"),
            Set.of("loop"),
            Set.of("inspect"),
            Set.of("engine"),
            Set.of("task"),
            Set.of("resolve"),
            Set.of("socket"),
            Set.of("transport"),
            Set.of("layer"),
            Set.of("tls"),
            Set.of("stream"),
            Set.of("process"),
            Set.of(""),
            Set.of("testing"));

    private static final Set<String> KERNELS =
            Set.of("kernel.nio", "kernel.epoll", "kernel.uring", "kernel.memory", "kernel.faulty");

    /** The one class that chooses a kernel. */
    private static final String CHOOSER = Library.ROOT + ".engine.Kernels";

    @Test
    void everyPackageHasItsPlaceInTheOrder() {
        check(classes()
                .that(describe("are of the library", Library::contains))
                .should(be("stand in a package of the order", type -> layerOf(type) >= 0))
                .because("somebody must say what a new package may use: give it a line in LayersTest.INSIDE_OUT"
                        + " and one in the table of packages in ARCHITECTURE.md"));
    }

    @Test
    void aPackageUsesOnlyTheLayersInsideIt() {
        check(classes()
                .should(useOnly("the layers inside their own", LayersTest::isInside))
                .because("an inner doll does not know the outer ones, and siblings do not know each other: let the"
                        + " outer layer implement an interface of the inner one, or move what both need inwards"));
    }

    @Test
    void packagesHaveNoCycles() {
        check(slices().matching(Library.ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .because("of two packages that need each other one is too large: move what both need inwards"));
    }

    @Test
    void onlyOneClassChoosesAKernel() {
        check(classes()
                .that(describe(
                        "do not choose the kernel", type -> !outermost(type).equals(CHOOSER)))
                .should(useOnly(
                        "kernels through their interfaces",
                        (user, used) -> !KERNELS.contains(Library.packageOf(used))
                                || Library.packageOf(user).equals(Library.packageOf(used))
                                || Library.packageOf(user).equals("testing")))
                .because("everything else must run on every kernel: take the Kernel that you are given;"
                        + " engine.Kernels is the place that opens one"));
    }

    @Test
    void transportsAndStreamsDoNotStandOnSockets() {
        check(noClasses()
                .that(residesIn("transport", "stream"))
                .should()
                .dependOnClassesThat(residesIn("socket"))
                .because("the parking face of a socket costs a wait for each call: use the try face, NonBlockingSocket,"
                        + " and the loop's readiness"));
    }

    @Test
    void streamsReachTheNetworkThroughTransports() {
        check(noClasses()
                .that(residesIn("stream"))
                .should()
                .dependOnClassesThat(describe(
                        "are kernels",
                        type -> Library.contains(type)
                                && (Library.packageOf(type) + ".").startsWith("kernel.")
                                && !type.getSimpleName().equals("Chunk")))
                .because("a stream must run over every transport, TLS and pipes too: ask the Transport;"
                        + " a Chunk is only memory, lent by the loop"));
    }

    @Test
    void nobodyUsesTheTestKit() {
        check(noClasses()
                .that(describe(
                        "are of the library proper",
                        type -> !Library.packageOf(type).equals("testing")))
                .should()
                .dependOnClassesThat(residesIn("testing"))
                .because("the test kit is for users' tests and ours: move what the library needs out of it"));
    }

    private static boolean isInside(JavaClass user, JavaClass used) {
        return Library.packageOf(user).equals(Library.packageOf(used)) || layerOf(used) < layerOf(user);
    }

    private static int layerOf(JavaClass type) {
        for (int layer = 0; layer < INSIDE_OUT.size(); layer++) {
            if (INSIDE_OUT.get(layer).contains(Library.packageOf(type))) {
                return layer;
            }
        }
        return -1;
    }

    /** A nested class counts as the file that it stands in. */
    private static String outermost(JavaClass type) {
        return type.getName().replaceFirst("\\$.*", "");
    }

    private static DescribedPredicate<JavaClass> residesIn(String... packages) {
        Set<String> wanted = Set.of(packages);
        return describe(
                "are in " + String.join(" or ", packages),
                type -> Library.contains(type) && wanted.contains(Library.packageOf(type)));
    }

    private interface Allowed {
        boolean test(JavaClass user, JavaClass used);
    }

    private static ArchCondition<JavaClass> useOnly(String what, Allowed allowed) {
        return new ArchCondition<>("use only " + what) {
            @Override
            public void check(JavaClass user, ConditionEvents events) {
                for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
                    JavaClass used = dependency.getTargetClass().getBaseComponentType();
                    if (Library.contains(used) && !allowed.test(user, used)) {
                        events.add(SimpleConditionEvent.violated(user, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> be(String what, Predicate<JavaClass> wanted) {
        return ArchCondition.from(describe(what, wanted));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(Library.CLASSES);
    }
}
