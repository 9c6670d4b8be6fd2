/**
 * TLS echo side by side.
 *
 * <pre>
 *   core 0: ours │ Netty's, each a process, all on the JDK's engine
 *              ▲
 *              │ TLS 1.3, so many connections, one message under way on each
 *   core 1: TlsLoad, on BoringSSL, so that it is not what is measured
 * </pre>
 *
 * It never prints a figure that it did not measure in this run, rounds interleaved.
 */
@NullMarked
package dev.matryoshka.benchmarks.tls;

import org.jspecify.annotations.NullMarked;
