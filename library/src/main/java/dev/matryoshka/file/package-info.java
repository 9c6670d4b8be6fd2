/**
 * What of a file is sent over a connection, which way its bytes take, and how much had left when it went wrong.
 *
 * <pre>
 *   SendFileOptions ──▶ socket.sendFile, FileTransfers.sendFile, writer.sendFile ──▶ count
 *    offset, count,                                    │
 *    SendFileMode                                      └──▶ SendFileException, SendFileCancelledException
 * </pre>
 *
 * Values only: what stands here never opens, reads or sends a file.
 */
@NullMarked
package dev.matryoshka.file;

import org.jspecify.annotations.NullMarked;
