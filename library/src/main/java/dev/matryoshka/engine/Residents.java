package dev.matryoshka.engine;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * What lives on a loop without being a task or the listener of a channel: servers, for one. Only for those who look; it keeps
 * its members alive, so each leaves at its end. Loop thread only.
 */
public final class Residents {
    private final Set<Described> members = Collections.newSetFromMap(new IdentityHashMap<>());

    Residents() {}

    public void add(Described member) {
        members.add(member);
    }

    public void remove(Described member) {
        members.remove(member);
    }

    List<Described> all() {
        return List.copyOf(members);
    }
}
