package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a file stands among the written bytes like any of them, however it gets to the kernel. Method: a recorder receives;
 * asyncio's test_sendfile, test by test.
 */
@Proves({"sendfile", "W9", "I-29"})
class SendFileTest extends SendFileRig {
    // ---- what arrives ---------------------------------------------------------------------------------------------

    @Proves(ports = {"test_sendfile.test_sendfile", "test_sendfile.test_sendfile_close_peer_after_receiving"})
    @ParameterizedTest
    @EnumSource
    void aFileArrivesWholeBetweenWhatIsWrittenAroundIt(Net net) throws Exception {
        Path path = file(net);
        with(net, (on, pair) -> {
            pair.clientTransport().write("PREFIX".getBytes(US_ASCII));
            assertThat(on.loop.sendFile(pair.clientTransport(), path)).isEqualTo(content.length);
            pair.clientTransport().write("SUFFIX".getBytes(US_ASCII));
            await(on, pair, content.length + 12);
            assertThat(pair.server().heard.bytes()).isEqualTo(joined("PREFIX", content, "SUFFIX"));
        });
    }

    @Proves(ports = {"test_sendfile.test_sendfile_force_fallback", "test_base_events.test_sock_sendfile_fallback"})
    @ParameterizedTest
    @EnumSource
    void readAndSentAsOtherBytesItIsTheSame(Net net) throws Exception {
        Path path = file(net);
        with(net, (on, pair) -> {
            long sendFiles = on.calls().sendFile;
            pair.clientTransport().write("PREFIX".getBytes(US_ASCII));
            SendFileOptions copy = ALL.withMode(SendFileMode.COPY);
            assertThat(on.loop.sendFile(pair.clientTransport(), path, copy)).isEqualTo(content.length);
            pair.clientTransport().write("SUFFIX".getBytes(US_ASCII));
            await(on, pair, content.length + 12);
            assertThat(pair.server().heard.bytes()).isEqualTo(joined("PREFIX", content, "SUFFIX"));
            assertThat(on.calls().sendFile).isEqualTo(sendFiles);
        });
    }

    @Proves(ports = "test_sendfile.test_sendfile_pre_and_post_data")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void aFileWaitsForABufferThatIsFull(Net net) throws Exception {
        Path path = file(10_000);
        byte[] before = Bytes.numbered(net.amount());
        with(net, (on, pair) -> {
            pair.serverTransport().pauseReading();
            pair.clientTransport().write(before);
            assertThat(pair.client().heard.isPaused())
                    .isEqualTo(pair.clientTransport().isWritingPaused());
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            on.passes(5);
            pair.serverTransport().resumeReading();
            await(on, pair, before.length + 10_000);
            assertThat(pair.server().heard.bytes()).isEqualTo(joined(before, content));
            on.until("told", sending::isDone);
            assertThat(sending.join()).isEqualTo(10_000);
            on.until("resumed", () -> !pair.client().heard.isPaused());
            assertThat(pair.client().heard.times("pause")).isEqualTo(1);
        });
    }

    @Proves(
            ports = {
                "test_sendfile.test_sendfile_partial",
                "test_base_events.test_sock_sendfile_fallback_offset_and_count"
            })
    @ParameterizedTest
    @EnumSource
    void aPartIsSentFromWhereItWasAsked(Net net) throws Exception {
        Path path = file(5000);
        with(net, (on, pair) -> {
            assertThat(on.loop.sendFile(pair.clientTransport(), path, 1000, 100))
                    .isEqualTo(100);
            await(on, pair, 100);
            SendFileOptions copy = ALL.withOffset(4900).withMode(SendFileMode.COPY);
            assertThat(on.loop.sendFile(pair.clientTransport(), path, copy)).isEqualTo(100);
            await(on, pair, 200);
            assertThat(pair.server().heard.bytes())
                    .isEqualTo(
                            joined(Arrays.copyOfRange(content, 1000, 1100), Arrays.copyOfRange(content, 4900, 5000)));
        });
    }

    @Proves(ports = "test_sendfile.test_sock_sendfile_zero_size")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEmptyFileAndAnOffsetBehindTheEndAreNoBytes(Net net) throws Exception {
        Path empty = Files.createFile(directory.resolve("empty"));
        Path path = file(10);
        with(net, (on, pair) -> {
            for (SendFileMode mode : SendFileMode.values()) {
                assertThat(on.loop.sendFile(pair.clientTransport(), empty, ALL.withMode(mode)))
                        .isZero();
                assertThat(on.loop.sendFile(
                                pair.clientTransport(), path, ALL.withMode(mode).withOffset(10)))
                        .isZero();
                assertThat(on.loop.sendFile(
                                pair.clientTransport(), path, ALL.withMode(mode).withOffset(1L << 40)))
                        .isZero();
                assertThat(on.loop.sendFile(
                                pair.clientTransport(), path, ALL.withMode(mode).withByteCount(1L << 40)))
                        .as("shorter than asked for")
                        .isEqualTo(10);
            }
            await(on, pair, 30);
        });
    }

    // ---- a file that is open --------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void aChannelFollowsWhatWasSentAndStaysOpen(Net net) throws Exception {
        Path path = file(net);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            with(net, (on, pair) -> {
                channel.position(7);
                assertThat(on.loop.sendFile(pair.clientTransport(), channel, ALL))
                        .isEqualTo(content.length);
                assertThat(channel.position()).isEqualTo(content.length);
                assertThat(on.loop.sendFile(
                                pair.clientTransport(),
                                channel,
                                ALL.withOffset(3).withByteCount(4)))
                        .isEqualTo(4);
                assertThat(channel.position()).isEqualTo(7);
                await(on, pair, content.length + 4);
                assertThat(pair.server().heard.bytes()).isEqualTo(joined(content, Arrays.copyOfRange(content, 3, 7)));
            });
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Proves(ports = {"test_unix_events.test_sock_sendfile_not_a_file", "test_unix_events.test_sock_sendfile_iobuffer"})
    @Test
    void epollHasNoDescriptorOfAChannelAndSaysSo() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (FileChannel channel = FileChannel.open(file(100), StandardOpenOption.READ)) {
            with(Net.EPOLL, (on, pair) -> {
                assertThatThrownBy(() -> on.loop.sendFile(pair.clientTransport(), channel, ALL.withoutFallback()))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("descriptor");
                assertThat(channel.position()).isZero();
                pair.clientTransport().write("lives".getBytes(US_ASCII));
                await(on, pair, 5);
                assertThat(pair.server().heard.text()).isEqualTo("lives");
            });
        }
    }

    // ---- refusals -------------------------------------------------------------------------------------------------

    @Proves(
            ports = {
                "test_sendfile.test_sendfile_force_unsupported_native",
                "test_base_events.test_sock_sendfile_no_fallback",
                "test_base_events.test__sock_sendfile_native_failure"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aKernelThatCannotIsReplacedUnlessThatIsForbidden(Net net) throws Exception {
        Path path = file(200_000);
        Faults never = Faults.seeded(1).every(Fault.SEND_FILE_UNSUPPORTED, 1);
        try (TestLoop on = TestLoop.over(FaultyKernel.provider(net.provider(), never))) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                assertThatThrownBy(() -> on.loop.sendFile(pair.clientTransport(), path, ALL.withoutFallback()))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThat(on.loop.sendFile(pair.clientTransport(), path)).isEqualTo(content.length);
                await(on, pair, content.length);
                assertThat(pair.server().heard.bytes()).isEqualTo(content);
                pair.end(on);
            });
        }
    }

    @Proves(ports = "test_sendfile.test_sendfile_for_closing_transp")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aClosingTransportTakesNoFile(Net net) throws Exception {
        Path path = file(10);
        with(net, (on, pair) -> {
            pair.clientTransport().close();
            assertThatThrownBy(() -> on.loop.sendFile(pair.clientTransport(), path))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is closing");
            pair.serverTransport().writeEof();
            assertThatThrownBy(() -> on.loop.sendFile(pair.serverTransport(), path))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("after writeEof");
        });
    }

    @Proves(ports = {"test_base_events.test_negative_count", "test_base_events.test_negative_offset"})
    @Test
    void offsetAndCountAreChecked() {
        assertThatThrownBy(() -> ALL.withOffset(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("offset must be a non-negative integer (got -1)");
        for (long count : new long[] {0, -1}) {
            assertThatThrownBy(() -> ALL.withByteCount(count))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("count must be a positive integer (got " + count + ")");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileThatCannotBeOpenedChangesNothing(Net net) throws Exception {
        with(net, (on, pair) -> {
            assertThatThrownBy(() -> on.loop.sendFile(pair.clientTransport(), directory.resolve("none")))
                    .isInstanceOf(NoSuchFileException.class);
            assertThatThrownBy(() -> on.loop.sendFile(pair.clientTransport(), directory))
                    .isInstanceOf(IOException.class);
            pair.clientTransport().write("lives".getBytes(US_ASCII));
            await(on, pair, 5);
            assertThat(pair.server().heard.text()).isEqualTo("lives");
            assertThat(pair.clientTransport().isReading()).isTrue();
        });
    }

    @Proves(ports = "test_sendfile.test_sendfile_prevents_bare_write")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whileItIsUnderWayNothingElseIsWrittenAndTheProtocolKnows(Net net) throws Exception {
        Path path = file(100);
        with(net, (on, pair) -> {
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            assertThat(pair.client().heard.isPaused()).isTrue();
            assertThat(pair.clientTransport().isReading()).isFalse();
            assertThatThrownBy(() -> pair.clientTransport().write(new byte[1]))
                    .isInstanceOf(BusyException.class)
                    .hasMessageContaining("sendFile is in progress");
            assertThatThrownBy(() -> on.loop.sendFileAsync(pair.clientTransport(), path))
                    .isInstanceOf(BusyException.class);
            on.until("sent", sending::isDone);
            assertThat(pair.client().heard.summary()).isEqualTo("made pause resume");
            pair.clientTransport().write("lives".getBytes(US_ASCII));
            await(on, pair, 105);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theProtocolIsPausedHoweverHighTheMark(Net net) throws Exception {
        Path path = file(100);
        with(net, (on, pair) -> {
            pair.clientTransport().setWriteBufferLimits(WaterMarks.high(Integer.MAX_VALUE));
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            assertThat(pair.client().heard.isPaused()).isTrue();
            on.until("sent", sending::isDone);
            assertThat(pair.client().heard.summary()).isEqualTo("made pause resume");
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void whatThePeerSendsMeanwhileIsReceivedAfterwards(Net net) throws Exception {
        Path path = file(net);
        with(net, (on, pair) -> {
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            pair.client().atData = data -> assertThat(sending).isDone();
            pair.serverTransport().write("question".getBytes(US_ASCII));
            on.until("received", () -> pair.client().heard.count() == 8);
            assertThat(sending).isDone();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void readingThatWasPausedStaysSo(Net net) throws Exception {
        Path path = file(100);
        with(net, (on, pair) -> {
            pair.clientTransport().pauseReading();
            assertThat(on.loop.sendFile(pair.clientTransport(), path)).isEqualTo(100);
            assertThat(pair.clientTransport().isReading()).isFalse();
            pair.clientTransport().resumeReading();
            assertThat(pair.clientTransport().isReading()).isTrue();
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            pair.clientTransport().pauseReading();
            on.until("sent", sending::isDone);
            assertThat(pair.clientTransport().isReading()).isFalse();
        });
    }

    // ---- the price ------------------------------------------------------------------------------------------------

    @Test
    void aMebibyteOverEpollNeedsNoReadAndNoWrite() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        Path path = file(1024 * 1024);
        with(Net.EPOLL, (on, pair) -> {
            SystemCalls before = on.calls();
            assertThat(on.loop.sendFile(pair.clientTransport(), path)).isEqualTo(content.length);
            await(on, pair, content.length);
            SystemCalls spent = on.calls().since(before);
            assertThat(spent.send + spent.sendGather).as("sends").isZero();
            assertThat(spent.control).as("changes of registrations").isZero();
            assertThat(spent.sendFile).as("sendfile").isBetween(1L, 40L);
            assertThat(pair.server().heard.bytes()).isEqualTo(content);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLargeFileDoesNotHoldTheLoop(Net net) throws Exception {
        Path path = file(8 * 1024 * 1024);
        with(net, (on, pair) -> {
            long before = on.engine.counters().passes;
            assertThat(on.loop.sendFile(pair.clientTransport(), path)).isEqualTo(content.length);
            assertThat(on.engine.counters().passes - before)
                    .as("a pass for each 2 MiB")
                    .isGreaterThanOrEqualTo(4);
            await(on, pair, content.length);
        });
    }
}
