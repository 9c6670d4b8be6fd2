package dev.matryoshka.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Channels by slot. A token is generation and slot in one long, so an event for a socket that is gone never reaches the one
 * that took its slot:
 *
 * <pre>
 *    63                    32 31                     0
 *   ┌────────────────────────┬────────────────────────┐
 *   │ generation (0 to 2^31) │ slot                   │
 *   └────────────────────────┴────────────────────────┘
 * </pre>
 *
 * Loop thread only.
 */
final class ChannelTable {
    private @Nullable BaseChannel[] slots = new BaseChannel[64];
    private int[] generations = new int[64];
    private int[] free = new int[64];
    private int freeCount;
    private int used;
    private int live;

    /** A token for the channel that {@link #put} will put there. */
    long nextToken() {
        int slot = freeCount > 0 ? free[freeCount - 1] : used;
        int generation = slot < generations.length ? generations[slot] : 0;
        return (long) generation << 32 | slot;
    }

    void put(BaseChannel channel) {
        if (freeCount > 0) {
            freeCount--;
        } else {
            ensure(++used);
        }
        slots[(int) channel.token] = channel;
        live++;
    }

    /** The channel of a token, or null when it is gone. */
    @Nullable
    BaseChannel get(long token) {
        int slot = (int) token;
        if (slot < 0 || slot >= used || generations[slot] != (int) (token >>> 32)) {
            return null;
        }
        return slots[slot];
    }

    void remove(BaseChannel channel) {
        int slot = (int) channel.token;
        if (slots[slot] != channel) {
            return;
        }
        slots[slot] = null;
        generations[slot] = (generations[slot] + 1) & Integer.MAX_VALUE;
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, freeCount << 1);
        }
        free[freeCount++] = slot;
        live--;
    }

    int size() {
        return live;
    }

    List<BaseChannel> all() {
        List<BaseChannel> channels = new ArrayList<>(live);
        for (int slot = 0; slot < used; slot++) {
            BaseChannel channel = slots[slot];
            if (channel != null) {
                channels.add(channel);
            }
        }
        return channels;
    }

    private void ensure(int count) {
        if (count > slots.length) {
            slots = Arrays.copyOf(slots, slots.length << 1);
            generations = Arrays.copyOf(generations, generations.length << 1);
        }
    }
}
