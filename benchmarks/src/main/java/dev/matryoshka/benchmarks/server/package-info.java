/**
 * Servers of ours for the workloads that are no echo: in each doll what its user would write.
 *
 * <pre>
 *                 source         file            two-write          udp
 *   SOCKET        sendAll        sendFile        sendAll twice      recvFromInto, sendTo
 *   PROTOCOL      write          sendFileAsync   write twice        datagramReceived
 *   STREAM        write          sendFile        nextLine, write    receiveInto, send
 * </pre>
 *
 * They never do what the library does not offer to everybody.
 */
@NullMarked
package dev.matryoshka.benchmarks.server;

import org.jspecify.annotations.NullMarked;
