package io.jrunc.cli;

import io.jrunc.lifecycle.Launcher;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A caller without a launcher: says words, keeps what is written to it.
 */
final class FakeCaller
{
    private final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Path cwd;
    private int euid;
    private int umask = 022;
    private int terminals;
    private boolean inUserNamespace;
    private Error failure;

    FakeCaller(Path cwd)
    {
        this.cwd = cwd;
    }

    FakeCaller with(String variable, String value)
    {
        environment.put(variable, value);
        return this;
    }

    FakeCaller euid(int value)
    {
        euid = value;
        return this;
    }

    FakeCaller umask(int value)
    {
        umask = value;
        return this;
    }

    FakeCaller onTerminal()
    {
        terminals = 7;
        return this;
    }

    FakeCaller inUserNamespace()
    {
        inUserNamespace = true;
        return this;
    }

    /** Whoever asks for the kind of cgroups meets this. */
    FakeCaller meeting(Error error)
    {
        failure = error;
        return this;
    }

    Invocation invocation(String... words)
    {
        List<String> argv = new ArrayList<>(List.of("/usr/bin/jrunc"));
        argv.addAll(List.of(words));
        return new Invocation(argv, environment, cwd.toString(), umask, euid, euid, 4711, terminals);
    }

    /** Carries the words out and returns the exit code. */
    int run(String... words)
    {
        Outlet outlet = (fd, bytes) -> (fd == Outlet.OUT ? out : err).writeBytes(bytes);
        Clock clock = Clock.fixed(Instant.parse("2026-03-01T12:00:05.9Z"), ZoneOffset.UTC);
        return new CommandLineRun(invocation(words), outlet, surroundings(), Optional.empty(), clock).run().orElseThrow();
    }

    private Surroundings surroundings()
    {
        return new Surroundings()
        {
            @Override
            public Launcher launcher()
            {
                throw new IllegalStateException("a fake caller has no launcher");
            }

            @Override
            public boolean inUserNamespace()
            {
                return inUserNamespace;
            }

            @Override
            public boolean unifiedCgroups()
            {
                if (failure != null) {
                    throw failure;
                }
                return true;
            }

            @Override
            public Optional<String> libseccompVersion()
            {
                return Optional.of("2.5.4");
            }

            @Override
            public List<String> seccompFlags()
            {
                return List.of("SECCOMP_FILTER_FLAG_LOG");
            }
        };
    }

    StateRoot root(String... words) throws IncorrectUsage
    {
        Invocation caller = invocation(words);
        return StateRoot.of(Parsed.parse(Globals.words(), caller.words()).text("--root"), caller, inUserNamespace);
    }

    String out()
    {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err()
    {
        return err.toString(StandardCharsets.UTF_8);
    }
}
