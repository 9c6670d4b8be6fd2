package dev.matryoshka.conformance;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.util.TreeScanner;
import dev.matryoshka.architecture.Parsed;
import java.util.ArrayList;
import java.util.List;

/**
 * One test, or one class of tests, and what it says it proves.
 *
 * @param test {@code EchoTest.bytesComeBack}, or {@code EchoTest} for a whole class
 * @param kernels over which it runs, for people
 * @param rows the rows
 * @param ports names of asyncio's tests
 */
record Proof(String test, String kernels, List<String> rows, List<String> ports) {
    /** Everything that the tests of all modules say. */
    static List<Proof> all() {
        List<Proof> found = new ArrayList<>();
        for (Parsed parsed : Parsed.ALL) {
            if (parsed.source().isTest()) {
                parsed.unit().accept(new Finder(found), null);
            }
        }
        return found;
    }

    /** Walks one file; classes may be nested. */
    private static final class Finder extends TreeScanner<Void, Void> {
        private final List<Proof> found;
        private ClassTree outer;

        Finder(List<Proof> found) {
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            ClassTree before = outer;
            outer = before == null ? type : before;
            note(type.getModifiers(), type.getSimpleName().toString(), type);
            super.visitClass(type, unused);
            outer = before;
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            note(method.getModifiers(), outer.getSimpleName() + "." + method.getName(), method);
            return null;
        }

        private void note(ModifiersTree modifiers, String name, Object tree) {
            for (AnnotationTree annotation : modifiers.getAnnotations()) {
                String kind = annotation.getAnnotationType().toString();
                if (kind.equals("Tag")) {
                    found.add(new Proof(name, "", strings(annotation, "value"), List.of()));
                } else if (kind.equals("Proves")) {
                    String kernels = Kernels.of(tree.toString(), outer.toString());
                    found.add(new Proof(name, kernels, strings(annotation, "value"), strings(annotation, "ports")));
                }
            }
        }

        private static List<String> strings(AnnotationTree annotation, String member) {
            List<String> values = new ArrayList<>();
            for (ExpressionTree argument : annotation.getArguments()) {
                boolean named = argument instanceof AssignmentTree;
                String name = named ? ((AssignmentTree) argument).getVariable().toString() : "value";
                if (name.equals(member)) {
                    collect(named ? ((AssignmentTree) argument).getExpression() : argument, values);
                }
            }
            return values;
        }

        private static void collect(ExpressionTree value, List<String> into) {
            if (value instanceof NewArrayTree array) {
                array.getInitializers().forEach(element -> collect(element, into));
            } else if (value instanceof LiteralTree literal) {
                into.add((String) literal.getValue());
            } else {
                throw new IllegalArgumentException("@Proves takes plain strings, not " + value);
            }
        }
    }
}
