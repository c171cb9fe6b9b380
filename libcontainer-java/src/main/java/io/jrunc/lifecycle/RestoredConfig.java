package io.jrunc.lifecycle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jrunc.spec.GoJson;
import io.jrunc.spec.JsonTree;
import io.jrunc.spec.NamespaceType;

import java.nio.charset.StandardCharsets;

/** The configuration of a container that has more than its bundle says. */
final class RestoredConfig
{
    private RestoredConfig() {}

    /** @param config one that was read before */
    static byte[] withNamespace(byte[] config, NamespaceType type)
    {
        ObjectNode root = (ObjectNode) JsonTree.read(config);
        String section = member(root, "linux");
        ObjectNode linux = root.get(section) instanceof ObjectNode there ? there : root.putObject(section);
        String list = member(linux, "namespaces");
        ArrayNode namespaces = linux.get(list) instanceof ArrayNode there ? there : linux.putArray(list);
        namespaces.addObject().put("type", type.word());
        return GoJson.line(root).getBytes(StandardCharsets.UTF_8);
    }

    /** Members are heard in any case; the last of several counts. */
    private static String member(ObjectNode object, String name)
    {
        return object.properties().stream().map(each -> each.getKey()).filter(name::equalsIgnoreCase).reduce((first, last) -> last).orElse(name);
    }
}
