/**
 * What is measured with the help of others: one jar, three things to start.
 *
 * <pre>
 *   peer NAME      an echo server of a peer, with the arguments of ours  ◀── the bench of the command line, and scripts
 *   tls            TLS echo side by side: ours and Netty's, both on the JDK's engine
 *   micro [...]    what one operation of the loop costs, beside the JDK's and Netty's (JMH)
 * </pre>
 *
 * Nothing here is a test: it never fails because of a figure.
 */
@NullMarked
package dev.matryoshka.benchmarks;

import org.jspecify.annotations.NullMarked;
