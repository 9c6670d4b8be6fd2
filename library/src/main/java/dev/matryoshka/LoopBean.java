package dev.matryoshka;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.inspect.LoopGauges;
import java.lang.management.ManagementFactory;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanRegistrationException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/** The one class that knows {@code java.management}, so that nobody needs that module who does not ask for it. */
record LoopBean(EventLoop loop) implements LoopMXBean {
    static String register(EventLoop loop) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName name = new ObjectName("dev.matryoshka:type=EventLoop,name=" + ObjectName.quote(loop.name()));
            server.registerMBean(new StandardMBean(new LoopBean(loop), LoopMXBean.class, true), name);
            Engines.of(loop).ending().whenClosed(() -> unregister(server, name));
            if (loop.isClosed()) {
                unregister(server, name); // closed meanwhile, or before
            }
            return name.toString();
        } catch (InstanceAlreadyExistsException twice) {
            throw new IllegalStateException("an event loop named '" + loop.name() + "' is registered already", twice);
        } catch (JMException refused) {
            throw new IllegalStateException("cannot register event loop '" + loop.name() + "'", refused);
        }
    }

    private static void unregister(MBeanServer server, ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException | MBeanRegistrationException gone) {
            return; // somebody else has taken it away
        }
    }

    private LoopGauges gauges() {
        return loop.gauges();
    }

    @Override
    public String getName() {
        return gauges().name();
    }

    @Override
    public String getKernel() {
        return gauges().kernel();
    }

    @Override
    public String getState() {
        return gauges().state();
    }

    @Override
    public long getPasses() {
        return gauges().passes();
    }

    @Override
    public long getCallbacks() {
        return gauges().callbacks();
    }

    @Override
    public long getTaskSwitches() {
        return gauges().taskSwitches();
    }

    @Override
    public long getSlowCallbacks() {
        return gauges().slowCallbacks();
    }

    @Override
    public int getReadyCallbacks() {
        return gauges().readyCallbacks();
    }

    @Override
    public int getInbox() {
        return gauges().inbox();
    }

    @Override
    public int getTimers() {
        return gauges().timers();
    }

    @Override
    public int getTasks() {
        return gauges().tasks();
    }

    @Override
    public int getChannels() {
        return gauges().channels();
    }

    @Override
    public int getChunksInUse() {
        return gauges().chunksInUse();
    }

    @Override
    public String ps() {
        return loop.snapshot().ps();
    }

    @Override
    public String pstree() {
        return loop.snapshot().pstree();
    }
}
