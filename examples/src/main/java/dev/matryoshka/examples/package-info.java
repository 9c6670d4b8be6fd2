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
 *   no tasks                        EchoWithoutTasks
 *   operations                                             EchoLoopGroup, WatchedServer, GracefulServer
 * </pre>
 *
 * Echo servers, echo clients and their like take the port as their argument, 8888 without one; what else is needed stands at each class.
 * Each stands alone, but EchoLoopGroup and EchoWithoutTasks, which serve what EchoStreamServer and EchoProtocolServer do.
 */
@NullMarked
package dev.matryoshka.examples;

import org.jspecify.annotations.NullMarked;
