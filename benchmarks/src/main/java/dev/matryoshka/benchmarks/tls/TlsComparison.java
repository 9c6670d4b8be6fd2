package dev.matryoshka.benchmarks.tls;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.cli.JavaCommand;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code tls}: starts the servers and the load as processes, interleaves the rounds, prints medians and their ratio to
 * Netty's best.
 */
@Command(name = "tls", description = "Measure TLS echo: two of the dolls and Netty, all on the JDK's engine.")
public final class TlsComparison implements Callable<Integer> {
    private static final int[] SIZES = {1024, 16 * 1024, 1024 * 1024};
    private static final int WARM_UP_SECONDS = 3;

    @Option(names = "--seconds", defaultValue = "2", paramLabel = "N", description = "Of a measurement (default: 2).")
    private int seconds = 2;

    @Option(names = "--rounds", defaultValue = "3", paramLabel = "N", description = "Rounds (default: 3).")
    private int rounds = 3;

    @Option(names = "--connections", defaultValue = "10", paramLabel = "N", description = "Connections (default: 10).")
    private int connections = 10;

    private final Path certificate;
    private final Path key;

    /** By server and size: {@code requests per second, CPU nanoseconds per request} of each round. */
    private final Map<String, List<double[]>> results = new LinkedHashMap<>();

    /** Makes the certificate that all servers use. */
    public TlsComparison() throws Exception {
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .buildSelfSigned();
        this.certificate = bundle.toTempCertChainPem().toPath();
        this.key = bundle.toTempPrivateKeyPem().toPath();
    }

    private Map<String, List<String>> servers() {
        List<String> keys = List.of("--port", "0", "--tls-cert", certificate.toString(), "--tls-key", key.toString());
        Map<String, List<String>> servers = new LinkedHashMap<>();
        for (String api : List.of("protocol", "stream")) {
            servers.put(api, joined(List.of("echo", "--api", api), keys));
        }
        for (String kernel : List.of("netty-epoll", "netty-nio")) {
            servers.put(kernel, joined(List.of("peer", kernel), keys));
        }
        return servers;
    }

    private static List<String> joined(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    @Override
    public Integer call() throws Exception {
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, List<String>> server : servers().entrySet()) {
                measure(server.getKey(), server.getValue());
            }
        }
        print();
        return 0;
    }

    private void measure(String name, List<String> arguments) throws Exception {
        Process server = start("0", arguments);
        try (BufferedReader lines = server.inputReader()) {
            String line = lines.readLine();
            String port = line == null ? "" : line.substring(line.lastIndexOf(':') + 1);
            load(port, SIZES[0], WARM_UP_SECONDS, server.pid());
            for (int size : SIZES) {
                double[] figures = load(port, size, seconds, server.pid());
                results.computeIfAbsent(name + " " + size, made -> new ArrayList<>())
                        .add(figures);
            }
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private double[] load(String port, int size, int howLong, long pid) throws Exception {
        List<String> arguments = List.of(
                "tls-load",
                "--port",
                port,
                "--size",
                "" + size,
                "--seconds",
                "" + howLong,
                "--pid",
                "" + pid,
                "--connections",
                "" + connections);
        Process load = start("1", arguments);
        try (BufferedReader lines = load.inputReader()) {
            String line = lines.readLine();
            if (line == null) {
                throw new IOException("the load said nothing");
            }
            String[] numbers = line.split(" ");
            double requests = Double.parseDouble(numbers[0]);
            return new double[] {
                requests * 1e9 / Double.parseDouble(numbers[1]), Double.parseDouble(numbers[2]) / requests
            };
        }
    }

    private Process start(String core, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("taskset", "-c", core));
        command.addAll(JavaCommand.of(Main.class, arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void print() {
        for (int size : SIZES) {
            double best = Math.max(median("netty-epoll " + size, 0), median("netty-nio " + size, 0));
            double cheapest = Math.min(median("netty-epoll " + size, 1), median("netty-nio " + size, 1));
            System.out.printf(Locale.ROOT, "%n%d B over TLS%n", size);
            System.out.printf("%-12s %10s %8s %12s %8s%n", "server", "req/s", "x Netty", "cpu us/req", "x Netty");
            for (String name : servers().keySet()) {
                double rate = median(name + " " + size, 0);
                double cpu = median(name + " " + size, 1);
                System.out.printf(
                        Locale.ROOT,
                        "%-12s %10.0f %8.2f %12.1f %8.2f%n",
                        name,
                        rate,
                        rate / best,
                        cpu / 1e3,
                        cpu / cheapest);
            }
        }
    }

    private double median(String which, int figure) {
        double[] sorted = results.getOrDefault(which, List.of()).stream()
                .mapToDouble(figures -> figures[figure])
                .sorted()
                .toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }
}
