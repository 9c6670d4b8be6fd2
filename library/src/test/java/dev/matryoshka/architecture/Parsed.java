package dev.matryoshka.architecture;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A source file as javac's parser sees it: no types, only shape and comments. */
public record Parsed(Sources.Source source, CompilationUnitTree unit, DocTrees trees) {
    /** Every source file of every module. */
    public static final List<Parsed> ALL = parse();

    /** Methods, constructors and initialisers, with their names. */
    void visitBlocks(BiConsumer<String, Tree> visitor) {
        new TreePathScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void unused) {
                visitor.accept(method.getName().toString(), method);
                return super.visitMethod(method, unused);
            }

            @Override
            public Void visitBlock(BlockTree block, Void unused) {
                if (getCurrentPath().getParentPath().getLeaf() instanceof ClassTree) {
                    visitor.accept("initialiser", block);
                }
                return super.visitBlock(block, unused);
            }
        }.scan(unit, null);
    }

    long firstLine(Tree tree) {
        return unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, tree));
    }

    long lastLine(Tree tree) {
        return unit.getLineMap().getLineNumber(trees.getSourcePositions().getEndPosition(unit, tree));
    }

    /** "path:line", as editors and javac write it. */
    String at(Tree tree) {
        return source.path() + ":" + firstLine(tree);
    }

    private static List<Parsed> parse() {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<URI, Text> files = new LinkedHashMap<>();
        for (Sources.Source source : Sources.ALL) {
            Text text = new Text(source);
            files.put(text.toUri(), text);
        }
        JavacTask task = (JavacTask) compiler.getTask(null, null, null, List.of("-proc:none"), null, files.values());
        DocTrees trees = DocTrees.instance(task);
        List<Parsed> parsed = new ArrayList<>();
        try {
            for (CompilationUnitTree unit : task.parse()) {
                Text text =
                        Objects.requireNonNull(files.get(unit.getSourceFile().toUri()));
                parsed.add(new Parsed(text.source, unit, trees));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(parsed);
    }

    /** The text that was read already, as the compiler wants it. */
    private static final class Text extends SimpleJavaFileObject {
        private final Sources.Source source;

        Text(Sources.Source source) {
            super(URI.create("text:///" + source.path()), JavaFileObject.Kind.SOURCE);
            this.source = source;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source.text();
        }
    }
}
