package dev.matryoshka.interop;

import dev.matryoshka.interop.Conversation.Move;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A {@link Conversation} in each of the three styles. */
final class Dolls {
    private static final int ROOM = 64 * 1024;

    private Dolls() {}

    /** What streams and sockets have in common: they are asked. */
    interface Wire {
        /** Empty at the end. */
        ByteBuffer read() throws IOException, InterruptedException;

        void write(byte[] data) throws IOException, InterruptedException;

        void endOutput() throws IOException;
    }

    /** The outer doll. */
    record Streams(StreamReader reader, StreamWriter writer) implements Wire {
        @Override
        public ByteBuffer read() throws IOException, InterruptedException {
            return reader.read();
        }

        @Override
        public void write(byte[] data) throws IOException, InterruptedException {
            writer.write(data);
        }

        @Override
        public void endOutput() {
            writer.writeEof();
        }
    }

    /** The inner doll. */
    record Plain(AsyncSocket socket) implements Wire {
        @Override
        public ByteBuffer read() throws IOException, InterruptedException {
            return ByteBuffer.wrap(socket.recv(ROOM));
        }

        @Override
        public void write(byte[] data) throws IOException, InterruptedException {
            socket.sendAll(data);
        }

        @Override
        public void endOutput() throws IOException {
            socket.shutdownOutput();
        }
    }

    /** In a task: the answering side, up to its end. The caller closes. */
    static void answer(Wire wire) throws IOException, InterruptedException {
        Conversation answerer = new Conversation.Answerer();
        do {
            ByteBuffer data = wire.read();
            wire.write(data.hasRemaining() ? answerer.hear(data) : answerer.hearEnd());
        } while (answerer.takeMove() != Move.CLOSE);
    }

    /** In a task: the calling side, up to the other's end, reading and writing at the same time. */
    static void call(TestLoop on, Wire wire, boolean half) throws Exception {
        Conversation.Caller caller = new Conversation.Caller(half);
        wire.write(caller.opening());
        Task<?> writing = on.loop.createTask(() -> {});
        for (ByteBuffer data; (data = wire.read()).hasRemaining(); ) {
            byte[] words = caller.hear(data);
            if (words.length > 0) {
                writing.await();
                writing = on.loop.createTask(() -> wire.write(words));
            }
            if (caller.takeMove() == Move.END_OUTPUT) {
                wire.endOutput();
            }
        }
        writing.await();
        caller.assertComplete();
    }

    /** The middle doll, on either side: it is called. */
    static final class Talker implements Protocol {
        private final Conversation conversation;
        private Transport transport;
        private boolean lost;

        Talker(Conversation conversation) {
            this.conversation = conversation;
        }

        boolean isLost() {
            return lost;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            say(conversation.opening());
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            say(conversation.hear(data));
            switch (conversation.takeMove()) {
                case END_OUTPUT -> transport.writeEof();
                case CLOSE -> transport.close();
                case GO_ON -> {}
            }
        }

        @Override
        public boolean eofReceived() {
            say(conversation.hearEnd());
            return false;
        }

        /** Not even nothing may be written after the end of the own output. */
        private void say(byte[] words) {
            if (words.length > 0) {
                transport.write(words);
            }
        }

        @Override
        public void connectionLost(Throwable reason) {
            lost = true;
        }
    }
}
