/**
 * asyncio's network stack for the JVM: one event loop and three nested APIs on it, Socket inside Transport and Protocol
 * inside Stream. Kernels and the engine are not exported.
 */
module dev.matryoshka {
    requires static org.jspecify;
    requires jdk.jfr;
    requires static java.management;
    requires jdk.unsupported;
    requires static jdk.net;

    exports dev.matryoshka;
    exports dev.matryoshka.address;
    exports dev.matryoshka.file;
    exports dev.matryoshka.inspect;
    exports dev.matryoshka.layer;
    exports dev.matryoshka.loop;
    exports dev.matryoshka.process;
    exports dev.matryoshka.resolve;
    exports dev.matryoshka.socket;
    exports dev.matryoshka.stream;
    exports dev.matryoshka.task;
    exports dev.matryoshka.testing;
    exports dev.matryoshka.tls;
    exports dev.matryoshka.transport;
}
