package dev.matryoshka.benchmarks.tls;

import dev.matryoshka.benchmarks.Words;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Starts the servers and the load as processes, interleaves the rounds, prints medians and their ratio to Netty's best. */
public final class TlsComparison {
    private static final int[] SIZES = {1024, 16 * 1024, 1024 * 1024};

    private final Words words;
    private final String java;
    private final String jar;
    private final Path certificate;
    private final Path key;

    /** By server and size: {@code requests per second, CPU nanoseconds per request} of each round. */
    private final Map<String, List<double[]>> results = new LinkedHashMap<>();

    private TlsComparison(Words words) throws Exception {
        this.words = words;
        this.java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        this.jar = System.getProperty("java.class.path");
        X509Bundle bundle = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .buildSelfSigned();
        File chain = bundle.toTempCertChainPem();
        this.certificate = chain.toPath();
        this.key = bundle.toTempPrivateKeyPem().toPath();
    }

    /** {@code --seconds 2 --rounds 3 --connections 10 --cli cli/target/matryoshka-cli.jar}. */
    public static void main(String[] arguments) throws Exception {
        new TlsComparison(new Words(arguments, 0)).run();
    }

    private Map<String, List<String>> servers() {
        String cli = words.text("cli", "cli/target/matryoshka-cli.jar");
        List<String> keys = List.of("--port", "0", "--tls-cert", certificate.toString(), "--tls-key", key.toString());
        Map<String, List<String>> servers = new LinkedHashMap<>();
        for (String api : List.of("protocol", "stream")) {
            servers.put(api, joined(List.of("-jar", cli, "echo", "--api", api), keys));
        }
        for (String kernel : List.of("netty-epoll", "netty-nio")) {
            servers.put(kernel, joined(List.of("-jar", jar, "peer", kernel), keys));
        }
        return servers;
    }

    private static List<String> joined(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private void run() throws Exception {
        for (int round = 0; round < words.number("rounds", 3); round++) {
            for (Map.Entry<String, List<String>> server : servers().entrySet()) {
                measure(server.getKey(), server.getValue());
            }
        }
        print();
    }

    private void measure(String name, List<String> arguments) throws Exception {
        Process server = start("0", arguments);
        try (BufferedReader lines = server.inputReader()) {
            String line = lines.readLine();
            String port = line == null ? "" : line.substring(line.lastIndexOf(':') + 1);
            load(port, SIZES[0], 3, server.pid());
            for (int size : SIZES) {
                double[] figures = load(port, size, words.number("seconds", 2), server.pid());
                results.computeIfAbsent(name + " " + size, made -> new ArrayList<>())
                        .add(figures);
            }
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private double[] load(String port, int size, int seconds, long pid) throws Exception {
        List<String> arguments = List.of(
                "-jar",
                jar,
                "tls-load",
                "--port",
                port,
                "--size",
                "" + size,
                "--seconds",
                "" + seconds,
                "--pid",
                "" + pid,
                "--connections",
                "" + words.number("connections", 10));
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
        List<String> command = new ArrayList<>(List.of(
                "taskset", "-c", core, java, "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xshare:auto"));
        command.addAll(arguments);
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
