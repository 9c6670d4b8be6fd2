package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A figure that only some workloads have.
 *
 * @param title of its column
 * @param figure NaN where it is not known
 */
record Extra(String title, ToDoubleFunction<LoadResult> figure) {
    /** Those of a family. */
    static List<Extra> of(Family family) {
        return switch (family) {
            case IDLE ->
                List.of(
                        new Extra("heap B/idle", result -> value(result, "heap") / value(result, "idle")),
                        new Extra("RSS B/idle", result -> value(result, "rss") / value(result, "idle")),
                        new Extra(
                                "CPU us/request alone",
                                result -> value(result, "alone-cpu") / 1e3 / value(result, "alone-requests")));
            case UDP -> List.of(new Extra("lost", result -> value(result, "lost")));
            default -> List.of();
        };
    }

    private static double value(LoadResult result, String name) {
        return result.more().getOrDefault(name, Double.NaN);
    }
}
