package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import dev.matryoshka.transport.WaterMarks;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Goal: code of the java.io kind runs on streams, and what happens to its task shows through it. Method: a fake transport. */
class JavaIoViewsTest {
    @Test
    void bytesComeOneByOneAndInPieces() throws Exception {
        StreamRig.run(rig -> {
            InputStream in = rig.reader.asInputStream();
            rig.feed(new byte[] {(byte) 0xFF, 'a', 'b', 'c'});
            assertThat(in.available()).isEqualTo(4);
            assertThat(in.read()).isEqualTo(0xFF);
            assertThat(in.read(new byte[0])).isZero();
            byte[] target = new byte[10];
            assertThat(in.read(target, 2, 8)).isEqualTo(3);
            assertThat(text(target).substring(2, 5)).isEqualTo("abc");
            rig.eof();
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(target)).isEqualTo(-1);
        });
    }

    @Test
    void filtersOfTheJdkWork() throws Exception {
        StreamRig.run(rig -> {
            try (OutputStream out = new GZIPOutputStream(rig.writer.asOutputStream())) {
                out.write(ascii("compressed"));
            }
            Task<byte[]> reading = rig.task(() -> new GZIPInputStream(rig.reader.asInputStream()).readAllBytes());
            for (byte single : rig.transport.sent()) {
                rig.feed(new byte[] {single});
                rig.pass();
            }
            rig.eof();
            assertThat(text(reading.await())).isEqualTo("compressed");
        });
    }

    @Test
    void closingAViewLeavesTheConnectionOpen() throws Exception {
        StreamRig.run(rig -> {
            InputStream in = rig.reader.asInputStream();
            OutputStream out = rig.writer.asOutputStream();
            out.write('x');
            in.close();
            out.close();
            out.close();
            assertThatThrownBy(in::read).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> out.write('y')).isInstanceOf(IOException.class);
            assertThatThrownBy(out::flush).isInstanceOf(IOException.class);
            assertThat(rig.writer.isClosing()).isFalse();
            rig.writer.write(ascii("z"));
            assertThat(text(rig.transport.sent())).isEqualTo("xz");
        });
    }

    @Proves("S-64")
    @Test
    void flushDrainsAndSeesTheLoss() throws Exception {
        StreamRig.run(rig -> {
            OutputStream out = rig.writer.asOutputStream();
            out.flush();
            IOException broken = new SocketException("EPIPE");
            rig.transport.lose(broken);
            assertThatThrownBy(out::flush).isSameAs(broken);
            assertThatThrownBy(() -> out.write(1)).isSameAs(broken);
        });
    }

    @Test
    void cancellingPassesThroughJavaIo() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.writer.write(ascii("x"));
            Task<Integer> reading = rig.task(() -> rig.reader.asInputStream().read());
            Task<Boolean> writing = rig.task(() -> {
                rig.writer.asOutputStream().write(1);
                return true;
            });
            reading.cancel();
            writing.cancel();
            assertThatThrownBy(reading::await).isInstanceOf(CancellationException.class);
            assertThatThrownBy(writing::await).isInstanceOf(CancellationException.class);
            rig.transport.unclog();
        });
    }

    @Test
    void aTimeoutPassesThroughJavaIo() throws Exception {
        StreamRig.run(rig -> {
            InputStream in = rig.reader.asInputStream();
            assertThatThrownBy(() -> Timeout.within(Duration.ofSeconds(1), () -> in.read()))
                    .isInstanceOf(TimeoutException.class)
                    .hasCauseInstanceOf(InterruptedIOException.class);
            rig.feed("late");
            assertThat(in.read()).isEqualTo('l');
            rig.reader.read();
        });
    }

    @Test
    void aHandlerThatIsCancelledWithinJavaIoIsNotReported() throws Exception {
        StreamRig.run(
                StreamOptions.defaults(),
                (reader, writer) -> reader.asInputStream().read(),
                rig -> {
                    rig.pass();
                    rig.loop.allTasks().stream()
                            .filter(task -> task != Task.current())
                            .forEach(Task::cancel);
                    rig.writer.waitClosed();
                });
    }
}
