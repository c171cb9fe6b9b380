package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A bundle in a temporary folder: a busybox root file system and the configuration that {@code jrunc spec} writes, without a terminal.
 */
public final class Bundle
{
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> FOLDERS = List.of("bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "var");

    private final Path folder;
    private final ObjectNode config;

    private Bundle(Path folder, ObjectNode config)
    {
        this.folder = folder;
        this.config = config;
    }

    static Bundle create(Path folder, String exampleSpec)
    {
        try {
            Path rootfs = Files.createDirectories(folder.resolve("rootfs"));
            for (String name : FOLDERS) {
                Files.createDirectories(rootfs.resolve(name));
            }
            Path busybox = rootfs.resolve("bin/busybox");
            Files.copy(Path.of("/bin/busybox"), busybox);
            for (String applet : Host.busyboxApplets()) {
                Path link = rootfs.resolve("bin").resolve(applet);
                if (!Files.exists(link)) {
                    Files.createSymbolicLink(link, Path.of("busybox"));
                }
            }
            Files.writeString(rootfs.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n");
            Files.writeString(rootfs.resolve("etc/group"), "root:x:0:\nuser:x:1000:\n");
            Bundle bundle = new Bundle(folder, (ObjectNode) JSON.readTree(exampleSpec));
            bundle.terminal(false);
            return bundle;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path folder()
    {
        return folder;
    }

    public Path rootfs()
    {
        return folder.resolve("rootfs");
    }

    /** The configuration as it will be written; change it freely. */
    public ObjectNode config()
    {
        return config;
    }

    public Bundle process(String... args)
    {
        ArrayNode list = config.withObject("/process").putArray("args");
        List.of(args).forEach(list::add);
        return this;
    }

    public Bundle shell(String script)
    {
        return process("sh", "-c", script);
    }

    public Bundle terminal(boolean terminal)
    {
        config.withObject("/process").put("terminal", terminal);
        return this;
    }

    public Bundle writable()
    {
        config.withObject("/root").put("readonly", false);
        return this;
    }

    public Bundle edit(Consumer<ObjectNode> change)
    {
        change.accept(config);
        return this;
    }

    /** Changes the part below a JSON pointer such as {@code /linux/resources}, made when missing. */
    public Bundle edit(String pointer, Consumer<ObjectNode> change)
    {
        change.accept(config.withObject(pointer));
        return this;
    }

    /** Writes one more mount at the end of the list. */
    public Bundle mount(String type, String source, String destination, String... options)
    {
        ObjectNode mount = config.withArray("/mounts").addObject();
        mount.put("type", type).put("source", source).put("destination", destination);
        ArrayNode words = mount.putArray("options");
        List.of(options).forEach(words::add);
        return this;
    }

    public Bundle withoutNamespace(String type)
    {
        ArrayNode namespaces = config.withArray("/linux/namespaces");
        for (int i = namespaces.size() - 1; i >= 0; i--) {
            if (namespaces.get(i).path("type").asText().equals(type)) {
                namespaces.remove(i);
            }
        }
        return this;
    }

    public Bundle namespace(String type, String... path)
    {
        withoutNamespace(type);
        ObjectNode namespace = config.withArray("/linux/namespaces").addObject();
        namespace.put("type", type);
        if (path.length > 0) {
            namespace.put("path", path[0]);
        }
        return this;
    }

    public void write()
    {
        try {
            Files.writeString(folder.resolve("config.json"), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(config));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
