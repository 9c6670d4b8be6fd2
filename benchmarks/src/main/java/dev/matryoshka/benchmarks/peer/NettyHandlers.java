package dev.matryoshka.benchmarks.peer;

import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.socket.DatagramPacket;
import java.io.File;
import java.util.function.Supplier;

/** What Netty's servers do, each mode in the way of Netty's manual and examples. */
final class NettyHandlers {
    private NettyHandlers() {}

    /** Makes a handler for each connection. */
    static Supplier<? extends ChannelHandler> of(Mode mode) {
        return switch (mode) {
            case ECHO, LINES -> Echo::new;
            case SOURCE -> Source::new;
            case FILE -> {
                File file = Payload.file().toFile();
                yield () -> new FileSource(file);
            }
            case TWO_WRITE -> TwoWrite::new;
            case UDP -> DatagramEcho::new;
        };
    }

    /** Bytes that are sent again and again, and never released. */
    private static ByteBuf constant(int byteCount) {
        return Unpooled.unreleasableBuffer(Unpooled.directBuffer(byteCount).writeBytes(Payload.array(byteCount)));
    }

    private abstract static class Handler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private static final class Echo extends Handler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }
    }

    private static final class Source extends Handler {
        private static final ByteBuf CHUNK = constant(Payload.CHUNK_BYTES);

        @Override
        public void channelActive(ChannelHandlerContext context) {
            writeOn(context);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            writeOn(context);
        }

        private static void writeOn(ChannelHandlerContext context) {
            if (context.channel().isWritable()) {
                do {
                    context.write(CHUNK.duplicate(), context.voidPromise());
                } while (context.channel().isWritable());
                context.flush();
            }
        }
    }

    private static final class FileSource extends Handler {
        private final File file;

        FileSource(File file) {
            this.file = file;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(new DefaultFileRegion(file, 0, Payload.FILE_BYTES))
                    .addListener(sent -> {
                        if (sent.isSuccess()) {
                            channelActive(context);
                        }
                    });
        }
    }

    private static final class TwoWrite extends Handler {
        private static final ByteBuf HEAD = constant(Payload.HEAD_BYTES);
        private static final ByteBuf BODY = constant(Payload.BODY_BYTES);

        private int received;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf requests = (ByteBuf) message;
            received += requests.readableBytes();
            requests.release();
            for (; received >= Payload.REQUEST_BYTES; received -= Payload.REQUEST_BYTES) {
                context.write(HEAD.duplicate(), context.voidPromise());
                context.write(BODY.duplicate(), context.voidPromise());
            }
        }
    }

    static final class DatagramEcho extends Handler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            DatagramPacket asked = (DatagramPacket) message;
            context.write(new DatagramPacket(asked.content(), asked.sender()), context.voidPromise());
        }
    }
}
