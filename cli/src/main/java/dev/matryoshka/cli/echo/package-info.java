/**
 * One echo server on each doll, plain and line by line. What is measured against C, so the hot loops allocate nothing.
 *
 * <pre>
 *   Doll.PROTOCOL ─▶ EchoProtocol │ LineProtocol ─┐
 *   Doll.BUFFERED ─▶ EchoBuffered │ LineBuffered ─┼─▶ Drainable ◀── Drain ◀── a signal
 *   Doll.STREAM ───▶ StreamEcho                  ─┤
 *   Doll.SOCKET ───▶ SocketEchoServer            ─┘
 * </pre>
 *
 * Every one of them stops reading from a peer that does not read, so none grows. None knows of the command line.
 */
@NullMarked
package dev.matryoshka.cli.echo;

import org.jspecify.annotations.NullMarked;
