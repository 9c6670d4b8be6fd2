package dev.matryoshka.transport;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The standard streams of this process without the JDK's buffers and locks, and not to be closed: others have them. Any thread. */
final class StandardStreams {
    private static final int ERROR = 2;

    private StandardStreams() {}

    static InputStream input() {
        return new FilterInputStream(new FileInputStream(FileDescriptor.in)) {
            @Override
            public void close() {}
        };
    }

    /** @param number 1 or 2 */
    static OutputStream output(int number) {
        FileDescriptor descriptor = number == ERROR ? FileDescriptor.err : FileDescriptor.out;
        return new FilterOutputStream(new FileOutputStream(descriptor)) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() {}
        };
    }
}
