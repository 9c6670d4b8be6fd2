package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.load.LoadResult;

/** What is counted: of what there is so much per second, and what costs so much CPU. */
enum Figure {
    /** Messages and their answers. */
    REQUEST("requests/s", "CPU us/request") {
        @Override
        double amount(LoadResult result) {
            return result.requests();
        }
    },
    /** A million bytes, one way. */
    MEGABYTE("MB/s", "CPU us/MB") {
        @Override
        double amount(LoadResult result) {
            return result.more().getOrDefault(LoadResult.BYTES, 0.0) / 1e6;
        }
    },
    /** Connect, whatever is done on it, close. */
    CONNECTION("connections/s", "CPU us/connection") {
        @Override
        double amount(LoadResult result) {
            return result.requests();
        }
    };

    private final String rateUnit;
    private final String costUnit;

    Figure(String rateUnit, String costUnit) {
        this.rateUnit = rateUnit;
        this.costUnit = costUnit;
    }

    abstract double amount(LoadResult result);

    /** How a column of {@link #rate} is headed. */
    String rateUnit() {
        return rateUnit;
    }

    /** How a column of {@link #cost} is headed. */
    String costUnit() {
        return costUnit;
    }

    /** So many in a second; NaN when no time has passed. */
    double rate(LoadResult result) {
        return result.nanos() == 0 ? Double.NaN : amount(result) * 1e9 / result.nanos();
    }

    /** Microseconds of the server's CPU for one; NaN when that is not known. */
    double cost(LoadResult result) {
        double amount = amount(result);
        return amount == 0 || result.cpuNanos() == 0 ? Double.NaN : result.cpuNanos() / 1e3 / amount;
    }
}
