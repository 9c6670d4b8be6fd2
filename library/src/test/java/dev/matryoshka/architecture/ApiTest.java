package dev.matryoshka.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: what users can see is what we meant to show. Method: the public and protected members of the public classes in the
 * exported packages.
 */
class ApiTest {
    @Test
    void publicClassesAreClosed() {
        check(classes()
                .that(describe(
                        "are public top-level classes of the API", type -> isApi(type) && type.isTopLevelClass()))
                .should(ArchCondition.from(describe(
                        "be final, sealed, records, enums, interfaces, exceptions, or abstract without a public constructor",
                        ApiTest::isClosed)))
                .because("a class that nobody planned to be extended cannot change any more: make it final,"
                        + " or an interface with a final implementation"));
    }

    @Test
    void methodsAndConstructorsSpeakOnlyOfTheApi() {
        check(codeUnits()
                .that(describe("are part of the API", ApiTest::isVisible))
                .should(speakOnlyOfTheApi()));
    }

    @Test
    void fieldsSpeakOnlyOfTheApi() {
        check(fields().that(describe("are part of the API", ApiTest::isVisible)).should(new Speak<JavaField>() {
            @Override
            Set<JavaClass> words(JavaField field) {
                return field.getAllInvolvedRawTypes();
            }
        }));
    }

    private static ArchCondition<JavaCodeUnit> speakOnlyOfTheApi() {
        return new Speak<>() {
            @Override
            Set<JavaClass> words(JavaCodeUnit unit) {
                Set<JavaClass> words = new HashSet<>(unit.getReturnType().getAllInvolvedRawTypes());
                for (JavaType parameter : unit.getParameterTypes()) {
                    words.addAll(parameter.getAllInvolvedRawTypes());
                }
                words.addAll(unit.getExceptionTypes());
                return words;
            }
        };
    }

    /** The condition that a member names only types that its callers can name too. */
    private abstract static class Speak<T extends JavaMember> extends ArchCondition<T> {
        Speak() {
            super(
                    "speak only of exported types, because users cannot name the others: make the member package-private, or give"
                            + " its type a home in an exported package, or meet the other package behind one that is not exported");
        }

        abstract Set<JavaClass> words(T member);

        @Override
        public void check(T member, ConditionEvents events) {
            for (JavaClass word : words(member)) {
                if (Library.contains(word) && !Library.isExported(word)) {
                    events.add(SimpleConditionEvent.violated(
                            member,
                            member.getDescription() + " speaks of " + word.getName() + ", which is not exported"));
                }
            }
        }
    }

    private static boolean isApi(JavaClass type) {
        return Library.isExported(type) && isPublicThroughout(type);
    }

    private static boolean isPublicThroughout(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(ApiTest::isPublicThroughout).orElse(true);
    }

    private static boolean isVisible(JavaMember member) {
        Set<JavaModifier> modifiers = member.getModifiers();
        return isApi(member.getOwner())
                && !modifiers.contains(JavaModifier.SYNTHETIC)
                && (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED));
    }

    private static boolean isClosed(JavaClass type) {
        return type.isInterface()
                || type.isEnum()
                || type.isRecord()
                || type.getModifiers().contains(JavaModifier.FINAL)
                || type.reflect().isSealed()
                || type.isAssignableTo(Throwable.class)
                || type.getModifiers().contains(JavaModifier.ABSTRACT)
                        && type.getConstructors().stream().noneMatch(ApiTest::isPublic);
    }

    private static boolean isPublic(JavaConstructor constructor) {
        return constructor.getModifiers().contains(JavaModifier.PUBLIC);
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(Library.CLASSES);
    }
}
