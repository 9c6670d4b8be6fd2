/**
 * Outer doll: straight-line code on a connection. Readers that park until bytes are there, writers that park while too many
 * wait to be sent.
 *
 * <pre>
 *   your task ── readLine() ──▶ StreamReader ◀── bufferUpdated ── StreamProtocol ◀── Transport ◀── poll
 *       │                       one region of memory                    │                ▲
 *       │                       [ read ░░ │ unread ▓▓▓▓ │ room ]        │ pause, resume  │
 *       └──── write(bytes) ───▶ StreamWriter ◀──── above high water ────┘                │
 *                                    └──────────────── write ─────────────────────────────┘
 *
 *   your task ── receive() ──▶ DatagramStream ◀── DatagramInbox, bounded ◀── DatagramTransport
 * </pre>
 *
 * A stream stands on any transport and asks the network for nothing itself. It never copies what can be lent, never parks
 * when the bytes are there, and never drops a byte because a task was cancelled.
 */
@NullMarked
package dev.matryoshka.stream;

import org.jspecify.annotations.NullMarked;
