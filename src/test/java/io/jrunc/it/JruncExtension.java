package io.jrunc.it;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test method its {@link Jrunc} and {@link Bundle}; both are taken away when it ends.
 */
public final class JruncExtension implements ParameterResolver
{
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(JruncExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context)
    {
        Class<?> type = parameter.getParameter().getType();
        return type == Jrunc.class || type == Bundle.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context)
    {
        Jrunc jrunc = context.getStore(OURS).computeIfAbsent("jrunc", key -> make(), Jrunc.class);
        return parameter.getParameter().getType() == Jrunc.class ? jrunc : jrunc.bundle();
    }

    private static Jrunc make()
    {
        String engine = System.getProperty("jrunc.engine", "auto");
        if (engine.equals("require")) {
            awaitEngine();
        }
        return new Jrunc(runtime(), engine);
    }

    /** Nobody else starts the one that is required; and after a while without callers it has left. */
    private static void awaitEngine()
    {
        try (Jrunc caller = new Jrunc(runtime(), "require"); Jrunc starter = new Jrunc(runtime(), "auto")) {
            caller.await("a resident engine", () -> {
                boolean there = caller.run("--version").exit() == 0;
                if (!there) {
                    starter.run("--version").expectSuccess();
                }
                return there;
            });
        }
    }

    /** The program under test. */
    static Path runtime()
    {
        Path path = Path.of(System.getProperty("jrunc.runtime", "../../target/dist/bin/jrunc")).toAbsolutePath().normalize();
        if (!Files.isExecutable(path)) {
            throw new IllegalStateException("no runtime at " + path + ": run mvn -DskipTests package, or set -Djrunc.runtime");
        }
        return path;
    }
}
