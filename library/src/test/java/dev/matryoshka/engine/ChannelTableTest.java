package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: a token finds its channel and no other, however often its slot is used again.
 *
 * <p>Method: the table alone, with channels that are never dispatched and so need no engine.
 */
class ChannelTableTest {
    private final ChannelTable table = new ChannelTable();

    @Test
    void aTokenFindsItsChannel() {
        Channel channel = put();
        assertThat(table.get(channel.token)).isSameAs(channel);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void theTokenOfAChannelThatIsGoneFindsNothing() {
        Channel channel = put();
        table.remove(channel);
        assertThat(table.get(channel.token)).isNull();
        assertThat(table.size()).isZero();
    }

    @Test
    void aStaleTokenDoesNotFindTheChannelThatTookTheSlot() {
        Channel old = put();
        table.remove(old);
        Channel heir = put();
        assertThat((int) heir.token).as("the slot is used again").isEqualTo((int) old.token);
        assertThat(table.get(old.token)).isNull();
        assertThat(table.get(heir.token)).isSameAs(heir);
    }

    @Test
    void removingAChannelThatIsGoneDoesNotRemoveItsHeir() {
        Channel old = put();
        table.remove(old);
        Channel heir = put();
        table.remove(old);
        assertThat(table.get(heir.token)).isSameAs(heir);
    }

    @Test
    void tokensThatNobodyGaveOutFindNothing() {
        put();
        for (long token : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1, 63, 64, 1L << 32, 0xFFFF_FFFFL}) {
            assertThat(table.get(token)).as("token %x", token).isNull();
        }
    }

    @Test
    void manyChannelsComeAndGoAndNoTokenIsGivenTwice() {
        Random random = new Random(7);
        List<Channel> open = new ArrayList<>();
        List<Channel> closed = new ArrayList<>();
        Set<Long> tokens = new HashSet<>();
        for (int step = 0; step < 20_000; step++) {
            if (open.isEmpty() || random.nextInt(100) < 52) {
                Channel channel = put();
                assertThat(tokens.add(channel.token)).as("a new token").isTrue();
                open.add(channel);
            } else {
                Channel channel = open.remove(random.nextInt(open.size()));
                table.remove(channel);
                closed.add(channel);
            }
        }
        assertThat(table.size()).isEqualTo(open.size());
        assertThat(table.all()).containsExactlyInAnyOrderElementsOf(open);
        open.forEach(channel -> assertThat(table.get(channel.token)).isSameAs(channel));
        closed.forEach(channel -> assertThat(table.get(channel.token)).isNull());
    }

    private Channel put() {
        Channel channel = new Channel(null, new FakeSocket(), new NoListener(), table.nextToken());
        table.put(channel);
        return channel;
    }

    private static final class NoListener implements ChannelListener {
        @Override
        public boolean onReadable() {
            return false;
        }

        @Override
        public void onWritable() {}

        @Override
        public void onHangup() {}

        @Override
        public void onLoopClosing() {}
    }
}
