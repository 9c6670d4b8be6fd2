package dev.matryoshka.benchmarks.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The article's chart for this machine: requests per second, by message size and server. */
public final class ChartReport {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 520;
    private static final int KIB = 1024;

    private ChartReport() {}

    /** Draws the chart; a name that ends in {@code .png} gets pixels, any other SVG. */
    public static void write(Path file, Results results) throws IOException {
        System.setProperty("java.awt.headless", "true");
        CategoryChart chart = chart(results);
        boolean pixels = file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
        Files.write(file, ChartEncoder.getBytes(chart, pixels ? "png" : "svg"));
    }

    private static CategoryChart chart(Results results) {
        Plan plan = results.plan();
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title((results.pinning() == Pinning.PINNED ? "Echo, one server core, " : "Echo, ") + plan.connections()
                        + " connections")
                .xAxisTitle("message size")
                .yAxisTitle("requests per second")
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false);
        List<String> sizes =
                plan.sizesBytes().stream().map(ChartReport::sizeText).toList();
        for (Contestant contestant : plan.contestants()) {
            List<Double> values = new ArrayList<>();
            for (int size : plan.sizesBytes()) {
                values.add(results.of(contestant, size).requestsPerSecond());
            }
            chart.addSeries(contestant.name(), sizes, values);
        }
        return chart;
    }

    private static String sizeText(int sizeBytes) {
        return sizeBytes % KIB == 0 ? sizeBytes / KIB + " KiB" : sizeBytes + " B";
    }
}
