package io.jrunc.state;

import io.jrunc.error.SpecException;
import io.jrunc.error.StateException;
import io.jrunc.spec.GoJson;
import io.jrunc.spec.JsonTree;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * All that later commands need of a container, beside its saved config.json. Kept as {@code state.json}.
 *
 * @param bundle absolute path of the bundle
 * @param rootfs absolute path of the root file system on the host
 * @param pid the init on the host; checked with {@code startTime} before it is trusted
 * @param startTime clock ticks after boot at which {@code pid} started: field 22 of /proc/PID/stat
 * @param created the moment the init was ready, UTC
 * @param cgroupPaths controller (v1), {@code ""} (v2) → absolute directory
 * @param namespaces kind as in /proc/PID/ns → path that leads into it
 * @param unit of systemd that the cgroup is of; empty = jrunc made it itself
 * @param keyring the init joined a session keyring of its own, so exec does too
 * @param rootless errors of cgroup permissions are tolerated
 * @param descriptors what the init's 0, 1 and 2 led to when it was ready, as links of /proc/PID/fd say it; empty = made by an older jrunc
 */
public record ContainerState(
        ContainerId id,
        String bundle,
        String rootfs,
        int pid,
        long startTime,
        Instant created,
        Map<String, String> annotations,
        Map<String, String> cgroupPaths,
        Optional<Journal.Entry.Unit> unit,
        Map<String, String> namespaces,
        boolean keyring,
        boolean rootless,
        List<String> descriptors)
{
    private static final int FORMAT = 1;

    public ContainerState
    {
        annotations = Map.copyOf(annotations);
        cgroupPaths = Map.copyOf(cgroupPaths);
        namespaces = Map.copyOf(namespaces);
        descriptors = List.copyOf(descriptors);
    }

    public byte[] json()
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("format", FORMAT);
        node.put("id", id.text());
        node.put("bundle", bundle);
        node.put("rootfs", rootfs);
        node.put("pid", pid);
        node.put("startTime", startTime);
        node.put("created", created.toString());
        put(node.putObject("annotations"), annotations);
        put(node.putObject("cgroupPaths"), cgroupPaths);
        unit.ifPresent(made -> node.putObject("systemdUnit").put("name", made.name()).put("description", made.description()).put("bus", made.bus()));
        put(node.putObject("namespaces"), namespaces);
        node.put("keyring", keyring);
        node.put("rootless", rootless);
        descriptors.forEach(node.putArray("descriptors")::add);
        return GoJson.line(node).getBytes(StandardCharsets.UTF_8);
    }

    /** @throws StateException when the text is not a state that this version of jrunc wrote */
    public static ContainerState parse(byte[] json)
    {
        try {
            JsonNode node = JsonTree.read(json);
            if (node.path("format").asInt() != FORMAT) {
                throw new StateException("state.json has format " + node.path("format") + ", this jrunc reads format " + FORMAT);
            }
            return new ContainerState(
                    new ContainerId(node.required("id").asText()),
                    node.required("bundle").asText(),
                    node.required("rootfs").asText(),
                    node.required("pid").intValue(),
                    node.required("startTime").longValue(),
                    Instant.parse(node.required("created").asText()),
                    map(node.required("annotations")),
                    map(node.required("cgroupPaths")),
                    unit(node.path("systemdUnit")),
                    map(node.required("namespaces")),
                    node.required("keyring").booleanValue(),
                    node.required("rootless").booleanValue(),
                    node.path("descriptors").valueStream().map(JsonNode::asText).toList());
        }
        catch (SpecException | IllegalArgumentException | DateTimeParseException e) {
            throw new StateException("state.json cannot be read: " + e.getMessage().lines().findFirst().orElse("broken"), e);
        }
    }

    private static Optional<Journal.Entry.Unit> unit(JsonNode node)
    {
        return node.isMissingNode() ? Optional.empty()
                : Optional.of(new Journal.Entry.Unit(node.required("name").asText(), node.required("description").asText(), node.required("bus").asText()));
    }

    private static void put(ObjectNode node, Map<String, String> map)
    {
        new TreeMap<>(map).forEach(node::put);
    }

    private static Map<String, String> map(JsonNode node)
    {
        Map<String, String> map = new TreeMap<>();
        node.properties().forEach(e -> map.put(e.getKey(), e.getValue().asText()));
        return map;
    }
}
