package dev.matryoshka.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: over TLS a file is encrypted like other bytes, in order, with back-pressure. Method: recorders at both ends. */
@ExtendWith(LeakCheck.class)
@Proves({"sendfile", "W9"})
class TlsSendFileTest {
    @TempDir
    Path directory;

    @Proves(
            value = "sendfile_fallback",
            ports = {
                "test_sendfile.test_sendfile_ssl",
                "test_sendfile.test_sendfile_ssl_pre_and_post_data",
                "test_sendfile.test_sendfile_ssl_close_peer_after_receiving"
            })
    @ParameterizedTest
    @EnumSource
    void aFileArrivesWholeBetweenWhatIsWrittenAroundIt(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount() / 5 + 1);
        Path path = Files.write(directory.resolve("file"), content);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                pair.clientTransport().write("PREFIX".getBytes(US_ASCII));
                assertThat(on.loop.sendFile(pair.clientTransport(), path)).isEqualTo(content.length);
                pair.clientTransport().write("SUFFIX".getBytes(US_ASCII));
                on.until("all has come", () -> pair.server().heard.count() == content.length + 12);
                ByteArrayOutputStream expected = new ByteArrayOutputStream();
                expected.writeBytes("PREFIX".getBytes(US_ASCII));
                expected.writeBytes(content);
                expected.writeBytes("SUFFIX".getBytes(US_ASCII));
                assertThat(pair.server().heard.bytes()).isEqualTo(expected.toByteArray());
                assertThat(pair.clientTransport().protocol()).isSameAs(pair.client());
                assertThat(pair.clientTransport().writeBufferLimits()).isEqualTo(TlsTransport.MARKS);
                on.until("resumed", () -> !pair.client().heard.isPaused());
                assertThat(pair.client().heard.times("pause")).isEqualTo(1);
                pair.end(on);
            });
        }
    }

    @Proves(ports = "test_sendfile.test_sendfile_ssl_partial")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aPartOfItAndNeverNatively(Net net) throws Exception {
        byte[] content = Bytes.numbered(3000);
        Path path = Files.write(directory.resolve("file"), content);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                assertThatThrownBy(() -> on.loop.sendFile(
                                pair.clientTransport(),
                                path,
                                SendFileOptions.defaults().withoutFallback()))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThat(on.loop.sendFile(pair.clientTransport(), path, 1000, 100))
                        .isEqualTo(100);
                on.until("all has come", () -> pair.server().heard.count() == 100);
                assertThat(pair.server().heard.bytes()).isEqualTo(java.util.Arrays.copyOfRange(content, 1000, 1100));
                pair.end(on);
            });
        }
    }

    /** Each pauses and resumes what sends the file, also while the next chunk is being read. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void writesThatBreakInDoNotRepeatAnyOfIt(Net net) throws Exception {
        byte mark = -1;
        byte[] content = Bytes.numbered(500_000);
        for (int i = 0; i < content.length; i++) {
            content[i] &= Byte.MAX_VALUE;
        }
        Path path = Files.write(directory.resolve("file"), content);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
                new Runnable() {
                    @Override
                    public void run() {
                        if (!sending.isDone()) {
                            pair.clientTransport().write(new byte[] {mark});
                            on.loop.callSoon(this);
                        }
                    }
                }.run();
                on.until("sent", sending::isDone);
                assertThat(sending.join()).isEqualTo(content.length);
                pair.clientTransport().close();
                on.until(
                        "all has come",
                        () -> pair.server().heard.isLost()
                                && pair.client().heard.isLost());
                assertThat(without(mark, pair.server().heard.bytes())).isEqualTo(content);
            });
        }
    }

    private static byte[] without(byte mark, byte[] bytes) {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (byte one : bytes) {
            if (one != mark) {
                rest.write(one);
            }
        }
        return rest.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aPeerThatGoesInTheMiddleIsTold(Net net) throws Exception {
        Path path = Files.write(directory.resolve("file"), Bytes.numbered(net.amount()));
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                pair.server().atData = data -> pair.serverTransport().abort();
                SendFileException told = catchThrowableOfType(
                        SendFileException.class, () -> on.loop.sendFile(pair.clientTransport(), path));
                assertThat(told.bytesSent()).isPositive().isLessThan(net.amount());
                assertThat(pair.clientTransport().isClosing()).isTrue();
                pair.end(on);
            });
        }
    }
}
