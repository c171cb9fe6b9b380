package io.jrunc.spec;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Turns JSON bytes into the records of this package.
 *
 * <p>Reports every value that is of the wrong type, out of range, unknown or missing, all together and each with its path, in a
 * {@link io.jrunc.error.SpecException}. Unknown properties and the sections of other platforms are ignored; {@code null} and, for
 * optional texts, the empty string mean absent. What contradicts across sections is found by {@link SpecValidator} afterwards.
 */
public final class SpecParser
{
    /** Bytes; hardly any config.json has as many. */
    private static final int LARGE = 256 * 1024;
    /** A large document becomes a tree of some ten times its size: an engine that serves many makes one such at a time. */
    private static final Object ONE_LARGE = new Object();

    private SpecParser()
    {
    }

    /** Reads a config.json. @throws io.jrunc.error.SpecException with all faults; without a path if it is not JSON at all */
    public static Spec parse(byte[] json)
    {
        return read(json, SpecParser::spec);
    }

    /** Reads a process.json, as {@code exec --process} takes it. @throws io.jrunc.error.SpecException with all faults */
    public static ContainerProcess parseProcess(byte[] json)
    {
        return read(json, ProcessParser::process);
    }

    /** Reads limits, as {@code update --resources} takes them. @throws io.jrunc.error.SpecException with all faults */
    public static Resources parseResources(byte[] json)
    {
        return read(json, ResourcesParser::resources);
    }

    private static <T> T read(byte[] json, Function<JsonCursor, Optional<T>> reader)
    {
        if (json.length <= LARGE) {
            return readAtOnce(json, reader);
        }
        synchronized (ONE_LARGE) {
            return readAtOnce(json, reader);
        }
    }

    private static <T> T readAtOnce(byte[] json, Function<JsonCursor, Optional<T>> reader)
    {
        JsonCursor cursor = JsonCursor.document(JsonTree.read(json));
        return cursor.finish(reader.apply(cursor));
    }

    private static Optional<Spec> spec(JsonCursor config)
    {
        Optional<RuntimeSpecVersion> version = config.requiredValue("ociVersion", RuntimeSpecVersion::new);
        Optional<Root> root = config.object("root").flatMap(SpecParser::root);
        requireSection(config, "root", "root must be specified");
        Optional<ContainerProcess> process = config.object("process").flatMap(ProcessParser::process);
        requireSection(config, "process", "process property must not be empty");
        List<Mount> mounts = config.objects("mounts", SpecParser::mount);
        Optional<String> hostname = config.text("hostname");
        Optional<String> domainname = config.text("domainname");
        Optional<Hooks> hooks = config.object("hooks").map(SpecParser::hooks);
        var annotations = config.notes("annotations");
        Optional<Linux> linux = config.object("linux").flatMap(LinuxParser::linux);
        if (annotations.containsKey("")) {
            config.problem("annotations", "keys must not be empty");
        }
        return config.build(() -> new Spec(version.orElseThrow(), root.orElseThrow(), process.orElseThrow(), mounts, hostname, domainname,
                hooks.orElse(Hooks.NONE), annotations, linux.orElse(Linux.NONE)));
    }

    private static void requireSection(JsonCursor config, String name, String complaint)
    {
        if (config.isAbsent(name)) {
            config.problem(name, complaint);
        }
    }

    private static Optional<Root> root(JsonCursor root)
    {
        String path = root.requiredText("path");
        boolean readonly = root.flag("readonly").orElse(false);
        return root.build(() -> new Root(path, readonly));
    }

    private static Optional<Mount> mount(JsonCursor mount)
    {
        String destination = mount.requiredText("destination");
        Optional<String> type = mount.text("type");
        Optional<String> source = mount.text("source");
        List<String> options = mount.texts("options");
        List<IdMapping> uidMappings = mount.objects("uidMappings", SpecParser::idMapping);
        List<IdMapping> gidMappings = mount.objects("gidMappings", SpecParser::idMapping);
        return mount.build(() -> new Mount(destination, type, source, options, uidMappings, gidMappings));
    }

    static Optional<IdMapping> idMapping(JsonCursor mapping)
    {
        long containerId = mapping.require("containerID", mapping.uint32("containerID"));
        long hostId = mapping.require("hostID", mapping.uint32("hostID"));
        long size = mapping.require("size", mapping.uint32("size"));
        return mapping.build(() -> new IdMapping(containerId, hostId, size));
    }

    private static Hooks hooks(JsonCursor hooks)
    {
        return new Hooks(hooks(hooks, HookKind.PRESTART), hooks(hooks, HookKind.CREATE_RUNTIME),
                hooks(hooks, HookKind.CREATE_CONTAINER), hooks(hooks, HookKind.START_CONTAINER), hooks(hooks, HookKind.POSTSTART),
                hooks(hooks, HookKind.POSTSTOP));
    }

    private static List<Hook> hooks(JsonCursor hooks, HookKind kind)
    {
        return hooks.objects(kind.word(), SpecParser::hook);
    }

    private static Optional<Hook> hook(JsonCursor hook)
    {
        String path = hook.requiredText("path");
        Optional<List<String>> args = hook.optionalTexts("args");
        Optional<List<String>> env = hook.optionalTexts("env");
        OptionalLong timeout = hook.int64("timeout");
        return hook.build(() -> new Hook(path, args, env,
                timeout.isPresent() ? Optional.of(Duration.ofSeconds(timeout.getAsLong())) : Optional.empty()));
    }
}
