package dev.matryoshka.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.layer.PcapReader.Packet;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Server;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: a capture is a file that other programs read, with every byte that fits, whatever the disk does. Method: read it back. */
@ExtendWith(LeakCheck.class)
class CaptureTest {
    private static final Instant MIDNIGHT = Instant.parse("2026-11-26T00:00:00Z");

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("wire.pcap");
    }

    private static byte[] payload(List<Packet> packets, int fromPort) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        packets.stream()
                .filter(packet -> packet.sourcePort() == fromPort)
                .forEach(packet -> bytes.writeBytes(packet.payload()));
        return bytes.toByteArray();
    }

    private static Stream<String> flags(List<Packet> packets) {
        return packets.stream().map(Packet::flags);
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.class,
            names = {"EPOLL", "NIO", "MEMORY"})
    void aConnectionIsReadBackWithItsHandshakeItsBytesAndItsEnd(Net net) throws Exception {
        byte[] large = Bytes.numbered(100_000);
        Recorder user = new Recorder();
        Recorder client = new Recorder();
        int[] port = new int[1];
        try (TestLoop on = TestLoop.over(net);
                Capture capture = Capture.open(file(), CaptureOptions.defaults(), () -> MIDNIGHT)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(capture.around(() -> user), "127.0.0.1", 0)) {
                    port[0] = server.port();
                    user.keepOpen = true;
                    on.loop.createConnection(() -> client, "127.0.0.1", port[0]);
                    client.transport().write("hello".getBytes(ISO_8859_1));
                    on.until("hello", () -> user.heard.count() == 5);
                    user.transport().write(large);
                    on.until("answer", () -> client.heard.count() == large.length);
                    client.transport().writeEof();
                    on.until("eof", user.heard::isEof);
                    user.transport().close();
                    on.until("lost", () -> user.heard.isLost() && client.heard.isLost());
                }
            });
            assertThat(capture.droppedPackets()).isZero();
            assertThat(capture.packets()).isEqualTo(3 + 1 + 4 + 2);
        }
        List<Packet> packets = PcapReader.read(file());
        assertThat(flags(packets)).containsExactly("S", "SA", "A", "PA", "PA", "PA", "PA", "PA", "FA", "FA");
        assertThat(payload(packets, port[0])).isEqualTo(large);
        Packet hello = packets.get(3);
        assertThat(hello.destinationPort()).isEqualTo(port[0]);
        assertThat(hello.source()).isEqualTo("127.0.0.1");
        assertThat(hello.payload()).asString(ISO_8859_1).isEqualTo("hello");
        assertThat(hello.sequence()).isEqualTo(1);
        assertThat(packets.get(5).sequence()).isEqualTo(1 + PacketMaker.PAYLOAD_BYTES_MAX);
        assertThat(packets.getLast().acknowledged()).isEqualTo(1 + 5 + 1);
        assertThat(packets).isSortedAccordingTo((a, b) -> Long.compare(a.epochNanos(), b.epochNanos()));
        assertThat(Instant.ofEpochSecond(0, packets.getFirst().epochNanos()))
                .isBetween(MIDNIGHT, MIDNIGHT.plusSeconds(30));
    }

    @Test
    void packetsAreTimedByTheLoopsClock() throws Exception {
        Recorder user = new Recorder();
        try (TestLoop on = TestLoop.over(Net.MEMORY);
                Capture capture = Capture.open(file(), CaptureOptions.defaults(), () -> MIDNIGHT)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0)) {
                    var connection = on.loop.createConnection(capture.around(() -> user), "127.0.0.1", server.port());
                    assertThat(Layer.outermost(connection.transport())).isSameAs(user.transport());
                    dev.matryoshka.task.Task.sleep(Duration.ofHours(1));
                    user.transport().abort();
                    on.until("lost", user.heard::isLost);
                }
            });
        }
        List<Packet> packets = PcapReader.read(file());
        assertThat(flags(packets)).containsExactly("S", "SA", "A", "RA");
        assertThat(packets.getFirst().sourcePort())
                .as("the client's")
                .isGreaterThan(packets.getFirst().destinationPort());
        assertThat(packets.getLast().epochNanos() - packets.getFirst().epochNanos())
                .isEqualTo(Duration.ofHours(1).toNanos());
    }

    @Test
    void aResetByThePeerIsOneInTheFile() throws Exception {
        Recorder user = new Recorder();
        try (TestLoop on = TestLoop.over(Net.MEMORY);
                Capture capture = Capture.open(file())) {
            on.run(() -> {
                try (Server server = on.loop.createServer(capture.around(() -> user), "127.0.0.1", 0)) {
                    Peer peer = Peer.connect(on, server.port());
                    on.until("made", user.heard::isMade);
                    peer.reset();
                    on.until("lost", user.heard::isLost);
                }
            });
        }
        Packet last = PcapReader.read(file()).getLast();
        assertThat(last.flags()).isEqualTo("RA");
        assertThat(Duration.between(Instant.ofEpochSecond(0, last.epochNanos()), Instant.now())
                        .abs())
                .as("today")
                .isLessThan(Duration.ofDays(1));
    }

    @Test
    void ipv6AndMixedFamiliesAndWhatHasNoPorts() throws Exception {
        InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 80);
        InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("1.2.3.4"), 5000);
        PacketMaker maker = new PacketMaker(six, four, 65535);
        byte[] odd = Bytes.numbered(1001);
        Path raw = file();
        try (Capture capture = Capture.open(raw);
                TestLoop on = TestLoop.over(Net.MEMORY)) {
            capture.add(on.loop, maker.packet(true, PacketMaker.PSH, ByteBuffer.wrap(odd), 5));
            capture.add(on.loop, maker.packet(false, PacketMaker.ACK, null, -5));
        }
        List<Packet> packets = PcapReader.read(raw);
        assertThat(packets.getFirst().source()).isEqualTo("2001:db8:0:0:0:0:0:1");
        assertThat(packets.getFirst().destination()).isEqualTo("1.2.3.4"); // ::ffff:1.2.3.4
        assertThat(packets.getFirst().payload()).isEqualTo(odd);
        assertThat(packets.getLast().acknowledged()).isEqualTo(1001);
        assertThat(packets.getLast().epochNanos()).isEqualTo(-5);
    }

    @Test
    void onlyTheBeginningOfAPacketIsKeptIfAskedFor() throws Exception {
        InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("1.2.3.4"), 5000);
        CaptureOptions options = CaptureOptions.defaults().withSnapBytes(64);
        try (Capture capture = Capture.open(file(), options);
                TestLoop on = TestLoop.over(Net.MEMORY)) {
            PacketMaker maker = new PacketMaker(four, four, options.snapBytes());
            capture.add(on.loop, maker.packet(true, PacketMaker.PSH, ByteBuffer.wrap(Bytes.numbered(1000)), 0));
        }
        Packet packet = PcapReader.read(file()).getFirst();
        assertThat(packet.originalBytes()).isEqualTo(1040);
        assertThat(packet.payload()).hasSize(24);
    }

    @Test
    void aPacketOfWhichLittleIsKeptTakesLittleMemory() {
        InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("1.2.3.4"), 5000);
        PacketMaker maker = new PacketMaker(four, four, 64);
        ByteBuffer packet = maker.packet(true, PacketMaker.PSH, ByteBuffer.wrap(new byte[30_000]), 0);
        assertThat(packet.remaining()).isEqualTo(16 + 64);
        assertThat(packet.array()).as("the queue is bounded by what is kept").hasSize(16 + 64);
    }

    @Test
    void anyPacketsAreReadBackAsTheyWereWritten() throws Exception {
        Random random = new Random(20_261_127);
        for (int run = 0; run < 40; run++) {
            boolean six = random.nextBoolean();
            InetSocketAddress here = drawn(six, random);
            InetSocketAddress there = drawn(random.nextInt(4) == 0 ? !six : six, random);
            CaptureOptions options = CaptureOptions.defaults().withSnapBytes(random.nextInt(64, 65_536));
            PacketMaker maker = new PacketMaker(here, there, options.snapBytes());
            int headerBytes =
                    here.getAddress().getAddress().length + there.getAddress().getAddress().length == 8 ? 40 : 60;
            List<Packet> expected = new ArrayList<>();
            long[] next = new long[2];
            try (TestLoop on = TestLoop.over(Net.MEMORY);
                    Capture capture = Capture.open(file(), options)) {
                for (int i = random.nextInt(12); i >= 0; i--) {
                    boolean fromHere = random.nextBoolean();
                    byte[] payload = new byte[random.nextInt(3) == 0 ? random.nextInt(40) : random.nextInt(32_769)];
                    random.nextBytes(payload);
                    boolean end = random.nextInt(5) == 0;
                    long nanos = random.nextLong(1L << 60);
                    ByteBuffer given = ByteBuffer.allocate(payload.length + 7)
                            .put(5, payload)
                            .order(ByteOrder.LITTLE_ENDIAN);
                    given.limit(5 + payload.length).position(5);
                    int flags = PacketMaker.ACK | (end ? PacketMaker.FIN : PacketMaker.PSH);
                    capture.add(on.loop, maker.packet(fromHere, flags, given, nanos));
                    assertThat(given.position()).isEqualTo(5);
                    int kept = Math.min(payload.length, options.snapBytes() - headerBytes);
                    expected.add(new Packet(
                            nanos,
                            headerBytes + payload.length,
                            (fromHere ? here : there).getAddress().getHostAddress(),
                            (fromHere ? here : there).getPort(),
                            (fromHere ? there : here).getAddress().getHostAddress(),
                            (fromHere ? there : here).getPort(),
                            next[fromHere ? 0 : 1],
                            next[fromHere ? 1 : 0],
                            end ? "FA" : "PA",
                            Arrays.copyOf(payload, kept)));
                    next[fromHere ? 0 : 1] += payload.length + (end ? 1 : 0);
                }
            }
            assertThat(PcapReader.read(file())).usingRecursiveComparison().isEqualTo(expected);
        }
    }

    private static InetSocketAddress drawn(boolean six, Random random) throws IOException {
        byte[] address = new byte[six ? 16 : 4];
        random.nextBytes(address);
        return new InetSocketAddress(InetAddress.getByAddress(address), random.nextInt(65_536));
    }

    /** As at the end of a program: the executor goes first, then the connections. */
    @Test
    void anExecutorThatTakesNoMoreJobsCostsNoConnectionAndNoPacket() throws Exception {
        Recorder user = new Recorder();
        Capture capture = Capture.open(file());
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0)) {
                    on.loop.createConnection(capture.around(() -> user), "127.0.0.1", server.port());
                    on.loop.shutdownDefaultExecutor(Duration.ofSeconds(10));
                    user.transport().write(new byte[10]);
                    user.transport().close();
                    on.until("lost", user.heard::isLost);
                }
            });
        }
        capture.close();
        assertThat(user.heard.reason()).isNull();
        assertThat(flags(PcapReader.read(file()))).containsExactly("S", "SA", "A", "PA", "FA");
        assertThat(capture.droppedPackets()).isZero();
    }

    @Test
    void whatDoesNotFitIsCountedAndTheFileStaysGood() throws Exception {
        byte[] block = Bytes.numbered(30_000);
        Recorder user = new Recorder();
        CaptureOptions options = CaptureOptions.defaults().withFileBytesMax(100_000);
        try (TestLoop on = TestLoop.over(Net.MEMORY);
                Capture capture = Capture.open(file(), options)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0)) {
                    on.loop.createConnection(capture.around(() -> user), "127.0.0.1", server.port());
                    for (int i = 0; i < 5; i++) {
                        user.transport().write(block);
                    }
                    on.until("sent", () -> user.transport().writeBufferSize() == 0);
                    user.transport().close();
                    on.until("lost", user.heard::isLost);
                }
            });
            assertThat(capture.droppedPackets()).isEqualTo(2);
            assertThat(capture.packets()).isEqualTo(3 + 3 + 1);
        }
        assertThat(Files.size(file())).isLessThanOrEqualTo(100_000);
        Packet end = PcapReader.read(file()).getLast();
        assertThat(end.flags()).isEqualTo("FA");
        assertThat(end.sequence()).as("a gap that shows").isEqualTo(1 + 5 * 30_000);
    }

    @Test
    void aQueueThatIsFullDropsAndCounts() throws Exception {
        InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("1.2.3.4"), 5000);
        PacketMaker maker = new PacketMaker(four, four, 65535);
        CaptureOptions options = CaptureOptions.defaults().withQueueBytesMax(65_536);
        try (Capture capture = Capture.open(file(), options);
                TestLoop on = TestLoop.over(Net.MEMORY)) {
            synchronized (lockOf(capture)) { // the disk is slow
                for (int i = 0; i < 5; i++) {
                    capture.add(on.loop, maker.packet(true, PacketMaker.PSH, ByteBuffer.wrap(new byte[30_000]), 0));
                }
                assertThat(capture.droppedPackets()).isBetween(2L, 3L);
            }
            assertThat(capture.packets() + capture.droppedPackets()).isEqualTo(5);
        }
    }

    private static Object lockOf(Capture capture) throws ReflectiveOperationException {
        var field = Capture.class.getDeclaredField("file");
        field.setAccessible(true);
        return field.get(capture);
    }

    @Test
    void aFileThatCannotBeWrittenIsToldAtOnce() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        assertThatThrownBy(() -> Capture.open(full)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Capture.open(folder.resolve("no/such/folder"))).isInstanceOf(IOException.class);
    }

    @Test
    void aDiskThatFailsLaterEndsTheCaptureAndIsToldAtItsEnd() throws Exception {
        OutputStream failing = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("no space left");
            }
        };
        CaptureFile file = new CaptureFile(file(), failing, CaptureOptions.defaults());
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                file.add(on.loop, ByteBuffer.allocate(10));
                on.until("the disk has failed", () -> file.failure() != null);
                file.add(on.loop, ByteBuffer.allocate(10));
            });
        }
        assertThat(file.packets()).isZero();
        assertThat(file.droppedPackets()).isEqualTo(2);
        assertThatThrownBy(file::close).hasMessage("no space left");
        file.close();
    }

    @Test
    void afterItsEndProtocolsAreGivenAsTheyAreAndPacketsAreCounted() throws Exception {
        Recorder early = new Recorder();
        Recorder late = new Recorder();
        Capture capture = Capture.open(file());
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0)) {
                    on.loop.createConnection(capture.around(() -> early), "127.0.0.1", server.port());
                    capture.close();
                    capture.close();
                    assertThat(capture.around(() -> late).get()).isSameAs(late);
                    early.transport().write(new byte[10]);
                    early.transport().abort();
                    on.until("lost", early.heard::isLost);
                }
            });
        }
        assertThat(capture.droppedPackets()).isEqualTo(2);
        assertThat(capture.failure()).isNull();
        assertThat(PcapReader.read(file())).hasSize(3);
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> CaptureOptions.defaults().withSnapBytes(63)).hasMessageContaining("63");
        assertThatThrownBy(() -> CaptureOptions.defaults().withSnapBytes(65_536))
                .hasMessageContaining("65536");
        assertThatThrownBy(() -> CaptureOptions.defaults().withQueueBytesMax(1)).hasMessageContaining("1");
        assertThatThrownBy(() -> CaptureOptions.defaults().withFileBytesMax(1)).hasMessageContaining("1");
    }

    /** Where Wireshark is installed, it has the last word. */
    @Test
    void tsharkReadsIt() throws Exception {
        assumeTrue(Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
                .anyMatch(folders -> Files.isExecutable(Path.of(folders, "tshark"))));
        aConnectionIsReadBackWithItsHandshakeItsBytesAndItsEnd(Net.MEMORY);
        Process tshark = new ProcessBuilder(
                        "tshark",
                        "-r",
                        file().toString(),
                        "-o",
                        "tcp.check_checksum:TRUE",
                        "-T",
                        "fields",
                        "-e",
                        "_ws.malformed",
                        "-e",
                        "tcp.checksum.status",
                        "-e",
                        "tcp.analysis.flags")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(tshark.inputReader().lines().map(String::strip)).hasSize(10).containsOnly("1");
        assertThat(tshark.waitFor()).isZero();
    }
}
