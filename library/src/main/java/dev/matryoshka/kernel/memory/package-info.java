/**
 * A network inside the process, with a clock that a test can push: same rules as a real one, no operating system.
 *
 * <pre>
 *   kernel of loop A ─┐                        ┌─ kernel of loop B
 *     MemorySocket ───┤      MemoryNetwork     ├─── MemorySocket
 *        Endpoint ────┼──▶ Pipe (one direction)┼───▶ Endpoint
 *        Endpoint ◀───┼── Pipe (the other) ◀───┼──── Endpoint
 *     MemoryPoller ───┤                        ├─── MemoryPoller
 *                     └─ lock, addresses, time ┘
 * </pre>
 *
 * What stands here never opens a descriptor, never starts a thread, never looks at the system's clock, and never calls
 * anybody while it holds the network's lock.
 */
@NullMarked
package dev.matryoshka.kernel.memory;

import org.jspecify.annotations.NullMarked;
