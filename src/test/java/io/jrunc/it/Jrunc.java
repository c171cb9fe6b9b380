package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The runtime under test with a state root, a folder and a name prefix of its own, so that whatever a test leaves behind is found.
 *
 * <p>Which program: {@code -Djrunc.runtime=PATH}, by default the distribution that the build made. {@code -Djrunc.engine=auto|off|require}.
 */
public final class Jrunc implements AutoCloseable
{
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path runtime;
    private final Path folder;
    private final String mark;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Running> running = new ArrayList<>();
    private final Optional<UnprivilegedUser> user;
    private List<String> roots;
    private UnaryOperator<List<String>> wrap = UnaryOperator.identity();
    private int bundles;

    Jrunc(Path runtime, String engine)
    {
        this(runtime, engine, Optional.empty());
    }

    private Jrunc(Path runtime, String engine, Optional<UnprivilegedUser> user)
    {
        this.runtime = runtime;
        this.user = user;
        environment.put("JRUNC_ENGINE", engine);
        try {
            folder = Files.createTempDirectory("jrunc-it-").toRealPath();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        mark = folder.getFileName().toString();
        roots = List.of("--root", root().toString());
        user.ifPresent(who -> {
            wrap = who::command;
            who.own(folder);
            environment.put("XDG_RUNTIME_DIR", who.runtimeDirectory().toString());
        });
    }

    /** Another program than the one under test, such as a {@link PrivateDist}. */
    public static Jrunc of(Path runtime, String engine)
    {
        return new Jrunc(runtime, engine);
    }

    /** All commands are that user's, who can reach only what is open to everybody; so are the folder and the bundles. */
    public static Jrunc as(UnprivilegedUser user, PrivateDist dist, String engine)
    {
        return new Jrunc(dist.runtime(), engine, Optional.of(user));
    }

    /** From now on as root of a user namespace that the user has made: each command is in another one. */
    public Jrunc asOuterRoot()
    {
        wrap = user.orElseThrow()::commandAsOuterRoot;
        return this;
    }

    /** From now on each command is in that cgroup before it is the user's. */
    public Jrunc inCgroup(Path group)
    {
        UnaryOperator<List<String>> inner = wrap;
        wrap = words -> {
            List<String> all = new ArrayList<>(List.of("sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"", group.toString()));
            all.addAll(inner.apply(words));
            return all;
        };
        return this;
    }

    /** From now on each command is the last words of another one, which changes something for it and executes it. */
    public Jrunc through(String... program)
    {
        UnaryOperator<List<String>> inner = wrap;
        wrap = words -> Stream.concat(Stream.of(program), inner.apply(words).stream()).toList();
        return this;
    }

    /** The state root is the default one. */
    public Jrunc withoutRoot()
    {
        roots = List.of();
        return this;
    }

    /** From now on systemd makes the cgroups. */
    public Jrunc withSystemd()
    {
        roots = Stream.concat(roots.stream(), Stream.of("--systemd-cgroup")).toList();
        return this;
    }

    /** A container name that nobody else uses. */
    public String id(String name)
    {
        return mark + "-" + name;
    }

    public Path folder()
    {
        return folder;
    }

    public Path runtime()
    {
        return runtime;
    }

    public Path root()
    {
        return folder.resolve("root");
    }

    public Jrunc environment(String name, String value)
    {
        environment.put(name, value);
        return this;
    }

    /** A new bundle with busybox. @param options for {@code spec} */
    public Bundle bundle(String... options)
    {
        Path place = folder.resolve("bundle" + bundles++);
        try {
            Files.createDirectories(place);
            Path example = Files.createTempDirectory(folder, "spec");
            user.ifPresent(who -> who.own(example));
            List<String> words = new ArrayList<>(List.of("spec", "--bundle", example.toString()));
            words.addAll(List.of(options));
            run(words.toArray(String[]::new)).expectSuccess();
            Bundle bundle = Bundle.create(place, Files.readString(example.resolve("config.json")));
            user.ifPresent(who -> who.own(place));
            return bundle;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command to its end, with the state root of this test. */
    public Outcome run(String... words)
    {
        Running command = start(words);
        closeInput(command);
        return command.await(LIMIT);
    }

    /** {@code run} of a bundle in the foreground, to its end. */
    public Outcome runBundle(String id, Bundle bundle, String... options)
    {
        bundle.write();
        List<String> words = new ArrayList<>(List.of("run", "--bundle", bundle.folder().toString()));
        words.addAll(List.of(options));
        words.add(id);
        return run(words.toArray(String[]::new));
    }

    /** Starts a command and leaves it running. */
    public Running start(String... words)
    {
        List<String> command = new ArrayList<>(List.of(runtime.toString()));
        command.addAll(roots);
        command.addAll(List.of(words));
        Running started = Running.start(wrap.apply(command), environment, folder);
        running.add(started);
        return started;
    }

    /** {@code create} of a bundle; the answer's output goes on with that of the container. */
    public Running create(String id, Bundle bundle, String... options)
    {
        bundle.write();
        List<String> words = new ArrayList<>(List.of("create", "--bundle", bundle.folder().toString()));
        words.addAll(List.of(options));
        words.add(id);
        Running created = start(words.toArray(String[]::new));
        created.awaitDetached(LIMIT).expectSuccess();
        return created;
    }

    /** {@code run --detach} of a bundle: in one command a container whose program runs. Returns the number of its first process. */
    public int runDetached(String id, Bundle bundle)
    {
        bundle.write();
        Path pid = folder.resolve(id + ".pid");
        start("run", "--detach", "--pid-file", pid.toString(), "--bundle", bundle.folder().toString(), id).awaitDetached(LIMIT).expectSuccess();
        return Integer.parseInt(Host.read(pid.toString()));
    }

    /** {@code run} of a bundle in the foreground, left running. */
    public Running startRun(String id, Bundle bundle, String... options)
    {
        bundle.write();
        List<String> words = new ArrayList<>(List.of("run", "--bundle", bundle.folder().toString()));
        words.addAll(List.of(options));
        words.add(id);
        return start(words.toArray(String[]::new));
    }

    /** The mode that the commands run with: auto, off or require. */
    public String engine()
    {
        return environment.get("JRUNC_ENGINE");
    }

    /** The mode for another installation, whose engine nobody has started yet. */
    public String engineElsewhere()
    {
        return engine().equals("off") ? "off" : "auto";
    }

    /** Asks again until the container has this status; fails when it does not get it for long. */
    public void awaitStatus(String id, String wanted)
    {
        if (!Patience.until(() -> status(id).equals(wanted))) {
            throw new AssertionError(id + " is " + status(id) + " and did not become " + wanted);
        }
    }

    /** Looks again until it is so; fails when it is not for long. */
    public void await(String what, java.util.function.BooleanSupplier condition)
    {
        if (!Patience.until(condition)) {
            throw new AssertionError("waited for " + what);
        }
    }

    public String status(String id)
    {
        return field(id, "status");
    }

    public int pid(String id)
    {
        return Integer.parseInt(field(id, "pid"));
    }

    /** A field of {@code state}'s answer as text. */
    public String field(String id, String name)
    {
        try {
            return new com.fasterxml.jackson.databind.json.JsonMapper().readTree(run("state", id).expectSuccess().out()).path(name).asText();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything of this test that still exists: state, cgroups, mounts, processes. Empty is the only good answer. */
    public List<String> leftovers()
    {
        List<String> found = new ArrayList<>();
        if (Files.isDirectory(root())) {
            try (Stream<Path> entries = Files.list(root())) {
                entries.forEach(e -> found.add("state " + e));
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Host.cgroups(mark).forEach(c -> found.add("cgroup " + c));
        Host.mounts(mark).forEach(m -> found.add("mount " + m));
        Host.processes(mark).forEach(p -> found.add("process " + p));
        return found;
    }

    /** For what is undone by somebody who outlives the command: looks again until nothing is left. */
    public List<String> leftoversInTheEnd()
    {
        return Patience.until(() -> leftovers().isEmpty()) ? List.of() : leftovers();
    }

    /** Takes away what the test left, so that one failure does not cause the next. */
    @Override
    public void close()
    {
        running.forEach(Running::close);
        if (Files.isDirectory(root())) {
            try (Stream<Path> entries = Files.list(root())) {
                entries.forEach(e -> run("delete", "--force", e.getFileName().toString()));
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        }
        catch (IOException | UncheckedIOException e) {
            // A test that made unreadable things cleans up itself.
        }
    }

    private static void closeInput(Running command)
    {
        try {
            command.stdin().close();
        }
        catch (IOException e) {
            // It ended already.
        }
    }
}
