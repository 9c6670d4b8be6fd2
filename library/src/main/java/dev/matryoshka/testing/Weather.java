package dev.matryoshka.testing;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import org.jspecify.annotations.Nullable;

/**
 * What the network does to bytes on their way. None of it breaks a rule of TCP, so whatever passes in fair weather has to
 * pass in all of them; code that takes one receive for one message does not. Immutable, any thread.
 */
public final class Weather {
    /** Windows of 64 KiB, everything arrives as it was sent. */
    public static final Weather FAIR = new Weather("fair", null, 0);

    /** Each receive and each send moves one byte: the nastiest legal segmentation. */
    public static final Weather ONE_BYTE_AT_A_TIME = new Weather("one byte at a time", Faults.oneByteAtATime(), 0);

    /** Windows of a few bytes, and one send in three finds no room at all: back-pressure everywhere. */
    public static final Weather CLOGGED =
            new Weather("clogged", Faults.seeded(1).every(Fault.SEND_WOULD_BLOCK, 3), 16);

    private static final int OFTEN_PERCENT = 30;

    private final String name;
    private final @Nullable Faults faults;

    /** Bytes of each window, 0 for the default. */
    private final int windowBytes;

    private Weather(String name, @Nullable Faults faults, int windowBytes) {
        this.name = name;
        this.faults = faults;
        this.windowBytes = windowBytes;
    }

    /**
     * Short receives and sends, false would-blocks and false readiness, by chance.
     *
     * @param seed the same seed over the same program does the same again
     */
    public static Weather hostile(long seed) {
        Faults faults = Faults.seeded(seed)
                .percent(Fault.RECV_SHORT, OFTEN_PERCENT)
                .percent(Fault.SEND_SHORT, OFTEN_PERCENT)
                .percent(Fault.RECV_WOULD_BLOCK, OFTEN_PERCENT)
                .percent(Fault.SEND_WOULD_BLOCK, OFTEN_PERCENT);
        return new Weather("hostile(" + seed + ")", faults, 0);
    }

    int windowBytes() {
        return windowBytes;
    }

    KernelProvider over(KernelProvider network) {
        return faults == null ? network : FaultyKernel.provider(network, faults);
    }

    @Override
    public String toString() {
        return name;
    }
}
