package dev.matryoshka.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;

/** One connection over TLS that sends a message when the handshake is done, and waits for its echo. */
abstract class TlsTalk extends SimpleChannelInboundHandler<ByteBuf> {
    private final TlsClients clients;
    private final ByteBuf message;
    private long sentAt;
    private int received;
    private boolean compared;

    /** Whether the connection may end. */
    private boolean closing;

    TlsTalk(TlsClients clients, int sizeBytes) {
        this.clients = clients;
        this.message = Unpooled.wrappedBuffer(Messages.ofSize(sizeBytes));
    }

    /** The echo is complete. */
    abstract void echoed(ChannelHandlerContext context, long sentAt);

    /** Sends the next message. */
    final void send(ChannelHandlerContext context) {
        received = 0;
        sentAt = System.nanoTime();
        context.writeAndFlush(message.retainedDuplicate(), context.voidPromise());
    }

    /** Ends the connection. */
    final void close(ChannelHandlerContext context) {
        closing = true;
        context.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            send(context);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
        if (!compared && !bytes.equals(message.slice(received, bytes.readableBytes()))) {
            clients.fail(new IOException("the server has answered something else than what was sent"));
        }
        received += bytes.readableBytes();
        if (received == message.readableBytes()) {
            compared = true;
            echoed(context, sentAt);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!closing) {
            clients.fail(new IOException("the server has closed a connection"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!closing) {
            clients.fail(cause);
        }
    }
}
