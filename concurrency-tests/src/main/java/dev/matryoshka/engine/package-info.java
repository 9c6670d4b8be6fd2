/**
 * Wake-ups, the inbox and cancels under jcstress, each with a broken twin that must fail.
 *
 * <pre>
 *   one thread ──┐
 *                ├── at the same time, millions of times ──▶ which outcomes were seen?
 *   the other  ──┘
 * </pre>
 *
 * In the package of what it tests, on the class path: part of that is not public.
 */
@NullMarked
package dev.matryoshka.engine;

import org.jspecify.annotations.NullMarked;
