package dev.matryoshka.task;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * May park the calling task: the colour that {@code async} shows in Python. For tasks only; from a callback such a method
 * throws {@link IllegalStateException} at once, from a foreign thread {@link dev.matryoshka.loop.WrongThreadException}.
 * The one exception is {@code StreamWriter.write}, which in a callback does not wait.
 * Every such method is cancel-safe: when it throws {@link InterruptedException}, it has taken nothing.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface Parks {}
