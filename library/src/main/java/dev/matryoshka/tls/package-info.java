/**
 * TLS as a transport over any other transport: over sockets, Unix sockets, the network in memory, and over TLS.
 *
 * <pre>
 *    your Protocol ◀── plaintext ─── TlsTransport ◀── TlsInput ◀──┐            ┌── ciphertext ◀── transport below
 *         │                               │                       ├─ TlsEngine ┤
 *         └────── write ──▶ ChunkQueue ───┴────── TlsOutput ──────┘  (no I/O)  └── ciphertext ──▶ one gathered write
 *                                                                        │
 *                                                 handshake work ──▶ the loop's executor
 * </pre>
 *
 * The cryptography is the JDK's ({@code javax.net.ssl.SSLEngine}). It never opens a socket, never makes keys,
 * signs or verifies on the loop's thread (a refused executor aside), and never hands plaintext to or takes it from the network.
 */
@NullMarked
package dev.matryoshka.tls;

import org.jspecify.annotations.NullMarked;
