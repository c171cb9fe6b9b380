package io.jrunc.hooks;

import io.jrunc.spec.GoJson;
import io.jrunc.spec.HookKind;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a hook reads on its standard input. Source: OCI runtime.md#state.
 *
 * @param specVersion the version that jrunc speaks, not the bundle's
 * @param bundle absolute path
 * @param annotations may be empty; then the key is left out
 */
public record HookState(String specVersion, String id, String bundle, Map<String, String> annotations)
{
    public HookState
    {
        annotations = Map.copyOf(annotations);
    }

    /**
     * @param pid the container's process as the hook sees it; empty after it has gone
     * @return one JSON object, UTF-8
     */
    public byte[] json(HookKind kind, OptionalInt pid)
    {
        return GoJson.line(node(status(kind), pid)).getBytes(StandardCharsets.UTF_8);
    }

    ObjectNode node(String status, OptionalInt pid)
    {
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.put("ociVersion", specVersion);
        state.put("id", id);
        state.put("status", status);
        if (pid.isPresent()) {
            state.put("pid", pid.getAsInt());
        }
        state.put("bundle", bundle);
        if (!annotations.isEmpty()) {
            ObjectNode words = state.putObject("annotations");
            annotations.entrySet().stream().sorted((one, other) -> one.getKey().compareTo(other.getKey())).forEach(e -> words.put(e.getKey(), e.getValue()));
        }
        return state;
    }

    /** The container's status as hooks of this kind are told it. Source: OCI config.md#posix-platform-hooks. */
    static String status(HookKind kind)
    {
        return switch (kind) {
            case PRESTART, CREATE_RUNTIME, CREATE_CONTAINER -> "creating";
            case START_CONTAINER -> "created";
            case POSTSTART -> "running";
            case POSTSTOP -> "stopped";
        };
    }
}
