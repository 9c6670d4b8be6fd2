package dev.matryoshka.kernel;

import java.io.IOException;

/** Opens kernels, one for each loop. Any thread. */
public interface KernelProvider {
    /** The name of the kernels that it opens. */
    String name();

    /**
     * Opens a kernel.
     *
     * @throws IOException the facility is there but could not be set up; the message names the likely cause and what to try
     */
    Kernel open() throws IOException;
}
