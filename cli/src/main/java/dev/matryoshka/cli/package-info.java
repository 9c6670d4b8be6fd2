/**
 * The command line: {@code echo}, {@code cat}, {@code proxy}, {@code explain} and their like.
 *
 * <pre>
 *   Main ─▶ EchoCommand ───▶ cli.echo    a server on the doll that was asked for
 *       ├─▶ CatCommand, ProxyCommand, PsCommand, PstreeCommand
 *       ├─▶ BenchCommand               says where the bench is: a jar of its own, with this command line in it
 *       └─▶ ExplainCommand               what this JVM and this system give
 * </pre>
 *
 * A command answers on standard output and complains in one line on standard error. It never prints a stack trace unless
 * {@code --debug} asks for one, and never ends the JVM itself: {@link dev.matryoshka.cli.Main#main} does that.
 */
@NullMarked
package dev.matryoshka.cli;

import org.jspecify.annotations.NullMarked;
