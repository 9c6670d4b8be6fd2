package dev.matryoshka.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.TreePathScanner;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;

/** What the comments of the library's methods say, for tests that hold them to it. */
final class SourceComments {
    /** By {@code Type.method/parameters}; overloads with as many parameters share a line. */
    private static final Map<String, String> COMMENTS = read();

    private SourceComments() {}

    /** Whether its comment, or that of the method which it overrides, promises "Any thread". */
    static boolean saysAnyThread(Method method) {
        return says(method.getDeclaringClass(), method);
    }

    private static boolean says(Class<?> type, Method method) {
        String comment = COMMENTS.get(key(type.getSimpleName(), method.getName(), method.getParameterCount()));
        if (comment != null && comment.contains("Any thread")) {
            return true;
        }
        for (Class<?> above : type.getInterfaces()) {
            if (says(above, method)) {
                return true;
            }
        }
        return false;
    }

    private static String key(String type, String method, int parameters) {
        return type + "." + method + "/" + parameters;
    }

    private static Map<String, String> read() {
        Map<String, String> comments = new HashMap<>();
        for (Parsed parsed : Parsed.ALL) {
            if (parsed.source().isOfLibraryProper()) {
                new TreePathScanner<Void, String>() {
                    @Override
                    public Void visitClass(ClassTree type, String outer) {
                        return super.visitClass(type, type.getSimpleName().toString());
                    }

                    @Override
                    public Void visitMethod(MethodTree method, String type) {
                        String comment = parsed.trees().getDocComment(getCurrentPath());
                        if (comment != null) {
                            String key = key(
                                    type,
                                    method.getName().toString(),
                                    method.getParameters().size());
                            comments.merge(key, comment, String::concat);
                        }
                        return super.visitMethod(method, type);
                    }
                }.scan(parsed.unit(), "");
            }
        }
        return comments;
    }
}
