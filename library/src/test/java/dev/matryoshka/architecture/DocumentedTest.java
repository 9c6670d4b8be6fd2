package dev.matryoshka.architecture;

import static org.assertj.core.api.Assertions.fail;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import org.junit.jupiter.api.Test;

/**
 * Goal: a user who meets a name in the editor is told what it is. Method: javac's parser over the exported packages. A sentence
 * is enough; doclint, in the javadoc gate, checks what the sentence links to. Why not doclint's "missing": it wants a tag for
 * each parameter and result too, and the tags that it gets then repeat the names.
 */
class DocumentedTest {
    @Test
    void everyPublicNameOfTheApiHasAComment() {
        List<String> found = new ArrayList<>();
        for (Parsed parsed : Parsed.ALL) {
            if (isExported(parsed)) {
                new Finder(parsed, found).scan(parsed.unit(), null);
            }
        }
        if (!found.isEmpty()) {
            fail("say in one javadoc sentence what a caller must know (and which thread may call):\n  "
                    + String.join("\n  ", found));
        }
    }

    private static boolean isExported(Parsed parsed) {
        Tree packageName = parsed.unit().getPackageName();
        return parsed.source().isOfLibraryProper()
                && packageName != null
                && Library.EXPORTED.contains(packageName.toString());
    }

    /** Walks down only as far as users can see. */
    private static final class Finder extends TreePathScanner<Void, Void> {
        private final Parsed parsed;
        private final List<String> found;

        Finder(Parsed parsed, List<String> found) {
            this.parsed = parsed;
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            if (!isVisible(type.getModifiers())) {
                return null;
            }
            require(type, type.getSimpleName().toString());
            return super.visitClass(type, unused);
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            boolean checksComponents =
                    method.getName().contentEquals("<init>") && owner().getKind() == Tree.Kind.RECORD;
            if (isVisible(method.getModifiers()) && !overrides(method) && !checksComponents) {
                require(method, owner().getSimpleName() + "." + method.getName());
            }
            return null;
        }

        @Override
        public Void visitVariable(VariableTree field, Void unused) {
            if (isVisible(field.getModifiers())) {
                require(field, owner().getSimpleName() + "." + field.getName());
            }
            return null;
        }

        @Override
        public Void visitBlock(BlockTree initialiser, Void unused) {
            return null;
        }

        private ClassTree owner() {
            return (ClassTree) getCurrentPath().getParentPath().getLeaf();
        }

        private void require(Tree tree, String name) {
            if (parsed.trees().getDocCommentTree(getCurrentPath()) == null) {
                found.add(parsed.at(tree) + " " + name);
            }
        }

        /** Members of interfaces and constants of enums are public without a word. */
        private boolean isVisible(ModifiersTree modifiers) {
            if (modifiers.getFlags().contains(Modifier.PUBLIC)
                    || modifiers.getFlags().contains(Modifier.PROTECTED)) {
                return true;
            }
            TreePath parent = getCurrentPath().getParentPath();
            return parent.getLeaf() instanceof ClassTree outer
                    && (outer.getKind() == Tree.Kind.INTERFACE || outer.getKind() == Tree.Kind.ANNOTATION_TYPE)
                    && !modifiers.getFlags().contains(Modifier.PRIVATE);
        }

        private static boolean overrides(MethodTree method) {
            return method.getModifiers().getAnnotations().stream()
                    .map(AnnotationTree::getAnnotationType)
                    .anyMatch(annotation -> annotation.toString().equals("Override"));
        }
    }
}
