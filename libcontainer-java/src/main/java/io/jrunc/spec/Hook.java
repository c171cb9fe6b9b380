package io.jrunc.spec;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A program to run at one moment of the container's life. Source: OCI config.md#posix-platform-hooks.
 *
 * @param path absolute
 * @param args the whole argv; empty = not given, see {@link #argv()}
 * @param env exactly this environment; empty = not given, and what it then is depends on the kind of hook
 * @param timeout longer than 0; empty = none
 */
public record Hook(String path, Optional<List<String>> args, Optional<List<String>> env, Optional<Duration> timeout)
{
    public Hook
    {
        args = args.map(List::copyOf);
        env = env.map(List::copyOf);
        new Problems()
                .unless(path.startsWith("/"), "path", "hook path must be absolute, is " + Problems.quote(path))
                .unless(timeout.filter(t -> !t.isPositive()).isEmpty(), "timeout", "hook timeout must be greater than zero")
                .throwIfAny();
    }

    /** What the program gets as argv: {@link #args()} verbatim, or just the path. */
    public List<String> argv()
    {
        return args.filter(a -> !a.isEmpty()).orElse(List.of(path));
    }
}
