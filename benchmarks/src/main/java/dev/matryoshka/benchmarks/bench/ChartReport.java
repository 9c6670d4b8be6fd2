package dev.matryoshka.benchmarks.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleBiFunction;
import java.util.regex.Pattern;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Results as charts. A name that ends in {@code .png} gets pixels, any other SVG. */
final class ChartReport {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 520;

    /** Letters are drawn, with more digits than any eye has. */
    private static final Pattern LONG_NUMBER = Pattern.compile("(\\d\\.\\d)\\d+");

    /** More than so many times the baseline would make everything else flat. */
    private static final double COST_MAX = 4;

    private ChartReport() {}

    /** The article's chart for this machine: requests per second, by message size and server. */
    static void writeRates(Path file, Results results) throws IOException {
        List<Workload> sizes = sizes(results);
        boolean bySize = sizes.size() > 1;
        List<Workload> shown = bySize ? sizes : shown(results);
        String title = bySize ? "Echo, one server core, " + sizes.getFirst().connections() + " connections" : "Echo";
        write(
                file,
                chart(title, bySize ? "message size" : "workload", "requests per second"),
                results,
                shown,
                shown.stream().map(bySize ? Workload::size : Workload::name).toList(),
                results.plan().contestants(),
                (contestant, workload) -> results.of(contestant, workload).median(workload.figure()::rate));
    }

    /** CPU by workload and server, the baseline is 1. */
    static void writeCosts(Path file, Results results) throws IOException {
        Contestant baseline = results.plan().baselines().getFirst();
        List<Contestant> others = results.plan().contestants().stream()
                .filter(contestant -> !contestant.equals(baseline))
                .toList();
        List<Workload> shown = shown(results);
        boolean cut = shown.stream()
                .anyMatch(workload -> others.stream()
                        .anyMatch(contestant ->
                                results.cost(contestant, baseline, workload).value() > COST_MAX));
        write(
                file,
                chart(
                        "CPU per request, 1 is " + baseline.name() + (cut ? "; cut off at 4" : ""),
                        "workload",
                        "times the CPU of " + baseline.name()),
                results,
                shown,
                shown.stream().map(Workload::name).toList(),
                others.isEmpty() ? List.of(baseline) : others,
                (contestant, workload) -> Math.min(
                        COST_MAX, results.cost(contestant, baseline, workload).value()));
    }

    /** Those that a run has by default, if it has one of them: of all there are nobody sees anything in a chart. */
    private static List<Workload> shown(Results results) {
        List<Workload> usual =
                Workloads.small().stream().filter(results.workloads()::contains).toList();
        return usual.isEmpty() ? results.workloads() : usual;
    }

    /** Plain echoes that differ in nothing but size, as many as there are; the smallest first. */
    private static List<Workload> sizes(Results results) {
        Map<Integer, List<Workload>> byConnections = new TreeMap<>();
        for (Workload workload : results.workloads()) {
            if (workload.family() == Family.ECHO && workload.depth() == 1) {
                byConnections
                        .computeIfAbsent(workload.connections(), made -> new ArrayList<>())
                        .add(workload);
            }
        }
        Workload article = Family.ECHO.standard();
        List<Workload> most = byConnections.values().stream()
                .max((one, other) -> Integer.compare(weight(one, article), weight(other, article)))
                .orElse(List.of());
        return most.stream()
                .sorted((one, other) -> Integer.compare(one.sizeBytes(), other.sizeBytes()))
                .toList();
    }

    /** How many they are; of as many, those with the article's connections. */
    private static int weight(List<Workload> workloads, Workload article) {
        return workloads.size() * 2 + (workloads.getFirst().connections() == article.connections() ? 1 : 0);
    }

    private static CategoryChart chart(String title, String x, String y) {
        System.setProperty("java.awt.headless", "true");
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false);
        chart.getStyler().setYAxisDecimalPattern("#,###.##");
        return chart;
    }

    private static void write(
            Path file,
            CategoryChart chart,
            Results results,
            List<Workload> workloads,
            List<String> names,
            List<Contestant> contestants,
            ToDoubleBiFunction<Contestant, Workload> figure)
            throws IOException {
        for (Contestant contestant : contestants) {
            List<Double> values = new ArrayList<>();
            for (Workload workload : workloads) {
                double value = figure.applyAsDouble(contestant, workload);
                values.add(Double.isFinite(value) ? value : 0.0);
            }
            if (results.plan().twin().filter(contestant::equals).isEmpty()) {
                chart.addSeries(contestant.name(), names, values).setFillColor(Palette.of(contestant.name()));
            }
        }
        boolean pixels = file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
        byte[] picture = ChartEncoder.getBytes(chart, pixels ? "png" : "svg");
        if (pixels) {
            Files.write(file, picture);
        } else {
            Files.writeString(
                    file, LONG_NUMBER.matcher(new String(picture, UTF_8)).replaceAll("$1"));
        }
    }
}
