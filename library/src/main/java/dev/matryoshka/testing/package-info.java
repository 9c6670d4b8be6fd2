/**
 * A network in memory, a clock that you push, a peer that you script: for tests of your own protocols.
 *
 * <pre>
 *   TestNetwork.run(loop -&gt; { ... })
 *        │                        ┌──────────────┐
 *        ├── loop, virtual time ──│ your server  │◀── memory network ──▶ ScriptedPeer: send, expect, expectEof, reset
 *        └── Weather: fair, one byte at a time, clogged, hostile(seed)
 * </pre>
 *
 * {@snippet :
 * try (TestNetwork network = TestNetwork.create(Weather.ONE_BYTE_AT_A_TIME)) {
 *     network.run(loop -> {
 *         Server server = loop.createServer(MyProtocol::new, "127.0.0.1", 0);
 *         try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
 *             peer.send("PING\r\n").expect("PONG\r\n");
 *         }
 *         server.close();
 *     });
 * }
 * }
 *
 * Real implementations, not mocks: the same contracts hold for this network as for the system's. It never sleeps, never
 * touches a socket of the system, and brings no test framework with it.
 */
@NullMarked
package dev.matryoshka.testing;

import org.jspecify.annotations.NullMarked;
