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
 *   UDP                             UdpClock               EchoDatagramServer, EchoDatagramClient
 *   tasks                                                  PortScan
 *   files                                                  FileServer, NumberLines
 *   HTTP        HttpGetSocket       HttpGetProtocol        HttpGetStream
 *   system                                                 RunProgram
 *   operations                                             EchoLoopGroup, WatchedServer, GracefulServer
 * </pre>
 *
 * Servers and clients take the port as their argument; without one it is 8888. Each stands alone: no example uses another one.
 */
@NullMarked
package dev.matryoshka.examples;

import org.jspecify.annotations.NullMarked;
