package dev.matryoshka.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a test proves of the specification, for {@code docs/conformance.md}, which is generated from these.
 *
 * <p>Rows are named as in the page that the project starts from: {@code S-44} (a row of the article), {@code B5} (a known
 * bug of asyncio), {@code W3} (a wish beyond it), {@code I-11} (a report of its users), or a function of asyncio by its own name, {@code create_server}. The modules that do not see this annotation say the same with JUnit's {@code @Tag}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface Proves {
    /** The rows. */
    String[] value() default {};

    /** Tests of CPython's {@code test_asyncio} whose behaviour this is: {@code test_streams.test_read_empty_eof}. */
    String[] ports() default {};
}
