package dev.matryoshka.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connections of one server, linked through themselves: no node, no hash, O(1) in and out. Loop thread only. */
final class ClientList {
    private final Consumer<SocketTransport> onLeft;
    private @Nullable SocketTransport head;
    private int size;

    /** @param onLeft called when one has left */
    ClientList(Consumer<SocketTransport> onLeft) {
        this.onLeft = onLeft;
    }

    void add(SocketTransport client) {
        SocketTransport next = head;
        client.nextClient = next;
        if (next != null) {
            next.previousClient = client;
        }
        head = client;
        size++;
    }

    void remove(SocketTransport client) {
        SocketTransport previous = client.previousClient;
        SocketTransport next = client.nextClient;
        if (previous != null) {
            previous.nextClient = next;
        } else {
            head = next;
        }
        if (next != null) {
            next.previousClient = previous;
        }
        client.previousClient = null;
        client.nextClient = null;
        size--;
        onLeft.accept(client);
    }

    int size() {
        return size;
    }

    /** A copy, so that closing them may change the list. */
    List<SocketTransport> snapshot() {
        List<SocketTransport> clients = new ArrayList<>(size);
        for (SocketTransport client = head; client != null; client = client.nextClient) {
            clients.add(client);
        }
        return clients;
    }
}
