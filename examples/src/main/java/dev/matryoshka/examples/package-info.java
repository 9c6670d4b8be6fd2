/**
 * Programs to read and to copy from; a test runs each of them.
 *
 * <pre>
 *               inner doll          middle doll            outer doll
 *   server      EchoSocketServer    EchoProtocolServer     EchoStreamServer, ChatServer, TcpProxy
 *   client      EchoSocketClient    EchoProtocolClient     EchoStreamClient
 *                                   BridgedClient          WhichAddress
 *   framing                         LengthPrefixed         KeyValueServer
 *   TLS                                                    TlsEchoServer, TlsEchoClient, StartTlsServer
 *   layers                          BehindProxy
 *   UDP                                                    UdpClock
 *   tasks                                                  PortScan
 *   files                                                  FileServer
 *   operations                                             EchoLoopGroup, WatchedServer
 *   HTTP        HttpGetSocket       HttpGetProtocol        HttpGetStream
 *   system                                             RunProgram, GracefulServer
 * </pre>
 *
 * Servers and clients take the port as their argument; without one it is 8888. Each stands alone: no example uses another one.
 */
@NullMarked
package dev.matryoshka.examples;

import org.jspecify.annotations.NullMarked;
