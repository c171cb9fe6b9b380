package io.jrunc.hooks;

import io.jrunc.spec.GoJson;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What an agent is told with the descriptor by which it answers a process's system calls.
 * Source: OCI config-linux.md#containerprocessstate.
 *
 * @param pid of the process, as the runtime sees it; for {@code exec} not the container's first one
 * @param metadata the bundle's text for the agent; empty = the key is left out
 */
public record ContainerProcessState(HookState container, int pid, Optional<String> metadata)
{
    /** The process is the container's first one, which does not run yet. */
    public byte[] creating()
    {
        return json("creating", pid);
    }

    /** The process joins a running container. @param initPid of the container's first process */
    public byte[] joining(int initPid)
    {
        return json("running", initPid);
    }

    private byte[] json(String status, int initPid)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("ociVersion", container.specVersion());
        node.putArray("fds").add("seccompFd");
        node.put("pid", pid);
        metadata.ifPresent(text -> node.put("metadata", text));
        node.set("state", container.node(status, OptionalInt.of(initPid)));
        return GoJson.line(node).getBytes(StandardCharsets.UTF_8);
    }
}
