package dev.matryoshka.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * Runs a parameterized test once with each seed from 0 on. A failure names its seed; {@code -Dmatryoshka.seed=N} runs that one alone.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(Seeds.Provider.class)
public @interface Seeds {
    /** How many. */
    int value();

    /** For JUnit. */
    final class Provider implements ArgumentsProvider, AnnotationConsumer<Seeds> {
        private static final Integer ONLY = Integer.getInteger("matryoshka.seed");

        private int count;

        @Override
        public void accept(Seeds seeds) {
            count = seeds.value();
        }

        @Override
        public Stream<? extends Arguments> provideArguments(
                ParameterDeclarations parameters, ExtensionContext context) {
            IntStream seeds = ONLY != null ? IntStream.of(ONLY) : IntStream.range(0, count);
            return seeds.mapToObj(Arguments::of);
        }
    }
}
