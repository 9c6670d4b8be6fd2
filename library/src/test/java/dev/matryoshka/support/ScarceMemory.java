package dev.matryoshka.support;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A kernel that has no memory for chunks of one size while a test says so. Loop thread only. */
public final class ScarceMemory implements KernelProvider {
    private final KernelProvider inner;
    private final int chunkBytes;

    /** While it is set, a chunk of that size cannot be had. */
    public boolean isUsedUp;

    public ScarceMemory(KernelProvider inner, int chunkBytes) {
        this.inner = inner;
        this.chunkBytes = chunkBytes;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Kernel open() throws IOException {
        return over(inner.open());
    }

    /** The same for a kernel that is open. */
    public Kernel over(Kernel kernel) {
        return (Kernel) Proxy.newProxyInstance(
                Kernel.class.getClassLoader(), new Class<?>[] {Kernel.class}, (proxy, method, arguments) -> {
                    if (isUsedUp && method.getName().equals("allocate") && arguments[0].equals(chunkBytes)) {
                        throw new OutOfMemoryError("for the test");
                    }
                    try {
                        return method.invoke(kernel, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }
}
