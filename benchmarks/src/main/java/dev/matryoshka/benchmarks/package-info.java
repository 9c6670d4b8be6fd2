/**
 * What measures: one jar, with the command line and the peers in it.
 *
 * <pre>
 *   bench          the dolls and their peers side by side       bench ──▶ load, peer: as processes
 *   tls            TLS echo side by side: ours and Netty's, both on the JDK's engine
 *   micro [...]    what one operation of the loop costs, beside the JDK's and Netty's (JMH)
 *   (load, peer, serve: what the bench starts; a Mode says what a server does, a Payload what it sends of itself)
 *   (echo)         passed on to the command line, which serves the dolls
 * </pre>
 *
 * Nothing here is a test: it never fails because of a figure.
 */
@NullMarked
package dev.matryoshka.benchmarks;

import org.jspecify.annotations.NullMarked;
