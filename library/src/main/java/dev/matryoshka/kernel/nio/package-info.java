/**
 * Any JDK on any system: a Selector and its channels behind the doorstep.
 *
 * <pre>
 *   NioKernel ──▶ NioPoller ── select(consumer, millis) ──▶ ready(token, bits)
 *       └───────▶ NioSocket ── SocketChannel │ ServerSocketChannel
 * </pre>
 *
 * It never blocks but in select, never selects on a virtual thread, and never shows a channel to the layers above.
 */
@NullMarked
package dev.matryoshka.kernel.nio;

import org.jspecify.annotations.NullMarked;
