package dev.matryoshka.benchmarks.bench;

import java.awt.Color;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A colour for each server, the same in every chart: ours in blue and green, Netty in red, others in brown and grey. */
final class Palette {
    private static final List<Color> OURS = List.of(
            new Color(0x08306b), new Color(0x2171b5), new Color(0x41ab5d), new Color(0x78c679), new Color(0x9ecae1));
    private static final List<Color> THEIRS = List.of(
            new Color(0xa50f15),
            new Color(0xef3b2c),
            new Color(0xfc9272),
            new Color(0x8c510a),
            new Color(0xbf812d),
            new Color(0xbdbdbd),
            new Color(0x969696),
            new Color(0x252525));

    private static final Map<String, Color> COLORS = colors();

    private Palette() {}

    private static Map<String, Color> colors() {
        Map<String, Color> colors = new HashMap<>();
        put(colors, Dolls.names(), OURS);
        put(colors, Peers.names(), THEIRS);
        return colors;
    }

    private static void put(Map<String, Color> colors, List<String> names, List<Color> from) {
        for (int i = 0; i < names.size(); i++) {
            colors.put(names.get(i), from.get(i % from.size()));
        }
    }

    static Color of(String name) {
        return COLORS.getOrDefault(name, Color.BLACK);
    }
}
