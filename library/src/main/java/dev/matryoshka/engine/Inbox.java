package dev.matryoshka.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Many threads put, the loop takes: Vyukov's intrusive multi-producer, single-consumer queue. Putting is one exchange and
 * one store, and never waits, never fails.
 *
 * <p>Between a producer's exchange and its store of {@code next} the chain is cut for an instant: {@link #poll} then answers
 * null although the queue is not empty. Nothing is lost by it: {@link #isEmpty()} says false, and who sleeps asks it.
 *
 * <p>Source: Dmitry Vyukov, "Non-intrusive MPSC node-based queue", 1024cores.net.
 */
public final class Inbox<E> {
    private static final VarHandle TAIL;
    private static final VarHandle NEXT;

    static {
        try {
            TAIL = MethodHandles.lookup().findVarHandle(Inbox.class, "tail", Node.class);
            NEXT = MethodHandles.lookup().findVarHandle(Node.class, "next", Node.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private static final class Node<E> {
        @Nullable
        E value;

        volatile @Nullable Node<E> next;

        Node(@Nullable E value) {
            this.value = value;
        }
    }

    /** Written by the consumer only: a node whose value is already taken. */
    private Node<E> head = new Node<>(null);

    /** The newest node; producers exchange it. */
    private volatile Node<E> tail = head;

    /** Any thread. The exchange is a full fence: what was written before is seen by who takes the entry. */
    @SuppressWarnings("unchecked")
    public void put(E entry) {
        Node<E> node = new Node<>(entry);
        Node<E> before = (Node<E>) TAIL.getAndSet(this, node);
        NEXT.setRelease(before, node);
    }

    /** Consumer only: the oldest entry, or null when there is none or a producer is in the middle of its put. */
    @SuppressWarnings("unchecked")
    public @Nullable E poll() {
        Node<E> next = (Node<E>) NEXT.getAcquire(head);
        if (next == null) {
            return null;
        }
        E entry = next.value;
        next.value = null;
        head = next;
        return entry;
    }

    /** How many lie here, walked through; elsewhere than at the consumer a little old. */
    @SuppressWarnings("unchecked")
    int size() {
        int size = 0;
        for (Node<E> node = head; (node = (Node<E>) NEXT.getAcquire(node)) != null; ) {
            size++;
        }
        return size;
    }

    /** Consumer only: false also while a put is half done. */
    public boolean isEmpty() {
        return head == tail;
    }
}
