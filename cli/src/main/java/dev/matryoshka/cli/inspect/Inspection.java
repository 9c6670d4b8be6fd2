package dev.matryoshka.cli.inspect;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import dev.matryoshka.cli.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/** Asks another JVM about its loops. Blocks; needs the user of that JVM. */
final class Inspection {
    private Inspection() {}

    /**
     * @param view {@code ps} or {@code pstree}
     * @return the text of all loops
     * @throws CommandFailure in one line: no such process, not a JVM, somebody else's, not permitted, no loops
     */
    static String ask(long pid, String view) throws CommandFailure {
        ProcessHandle process =
                ProcessHandle.of(pid).orElseThrow(() -> new CommandFailure("there is no process " + pid));
        if (pid == ProcessHandle.current().pid()) {
            throw new CommandFailure("process " + pid + " is this command itself");
        }
        requireSameUser(process);
        String answer = attach(pid, view);
        if (answer.isEmpty()) {
            throw new CommandFailure("process " + pid + " has no open event loop of this library");
        }
        return answer;
    }

    private static void requireSameUser(ProcessHandle process) throws CommandFailure {
        Optional<String> owner = process.info().user();
        Optional<String> self = ProcessHandle.current().info().user();
        if (owner.isPresent()
                && self.isPresent()
                && !self.equals(owner)
                && !self.get().equals("root")) {
            throw new CommandFailure(
                    "process " + process.pid() + " belongs to user " + owner.get() + ": run this command as that user");
        }
    }

    private static String attach(long pid, String view) throws CommandFailure {
        Path agent = null;
        VirtualMachine machine = null;
        try {
            agent = agentJar();
            machine = VirtualMachine.attach(String.valueOf(pid));
            machine.loadAgent(agent.toString(), view);
            String answer = machine.getSystemProperties().getProperty(InspectionAgent.ANSWER, "");
            machine.loadAgent(agent.toString(), InspectionAgent.CLEAR);
            return answer;
        } catch (AttachNotSupportedException notAJvm) {
            throw new CommandFailure(
                    "process " + pid + " is no JVM that can be attached to: " + notAJvm.getMessage(), notAJvm);
        } catch (AgentLoadException forbidden) {
            throw new CommandFailure(
                    "process " + pid + " loads no agents (-XX:+EnableDynamicAgentLoading permits it): "
                            + forbidden.getMessage(),
                    forbidden);
        } catch (AgentInitializationException | IOException failed) {
            throw new CommandFailure("process " + pid + " cannot be asked: " + failed.getMessage(), failed);
        } finally {
            letGo(machine, agent);
        }
    }

    private static void letGo(@Nullable VirtualMachine machine, @Nullable Path agent) {
        try {
            if (machine != null) {
                machine.detach();
            }
            if (agent != null) {
                Files.deleteIfExists(agent);
            }
        } catch (IOException gone) {
            return; // the other JVM has ended, or somebody tidies the folder for us
        }
    }

    /** A jar with nothing but the agent, made on the spot: the other JVM must not see this command's other classes. */
    private static Path agentJar() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", InspectionAgent.class.getName());
        Path jar = Files.createTempFile("matryoshka-agent", ".jar");
        String resource = InspectionAgent.class.getName().replace('.', '/') + ".class";
        ClassLoader loader = Objects.requireNonNull(InspectionAgent.class.getClassLoader());
        try (InputStream code = Objects.requireNonNull(loader.getResourceAsStream(resource), resource);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.putNextEntry(new JarEntry(resource));
            code.transferTo(out);
        }
        if (jar.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--")); // for root's other users
        }
        return jar;
    }
}
