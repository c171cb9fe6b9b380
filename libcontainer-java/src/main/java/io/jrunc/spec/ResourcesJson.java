package io.jrunc.spec;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Writes {@code linux.resources} the way {@link SpecParser} reads it: what {@code update} set is what the next update starts from.
 */
public final class ResourcesJson
{
    private ResourcesJson() {}

    /** A config.json with these limits in place of its own, and these schemas of Intel RDT if there are some; all else stays as it is. */
    public static byte[] replace(byte[] config, Resources resources, Optional<String> l3CacheSchema, Optional<String> memBwSchema)
    {
        ObjectNode document = (ObjectNode) JsonTree.read(config);
        ObjectNode linux = document.get("linux") instanceof ObjectNode section ? section : document.putObject("linux");
        linux.set("resources", node(resources));
        l3CacheSchema.ifPresent(schema -> linux.withObject("/intelRdt").put("l3CacheSchema", schema));
        memBwSchema.ifPresent(schema -> linux.withObject("/intelRdt").put("memBwSchema", schema));
        return GoJson.line(document).getBytes(StandardCharsets.UTF_8);
    }

    static ObjectNode node(Resources resources)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        array(node, "devices", resources.devices(), ResourcesJson::device);
        resources.memory().ifPresent(memory -> node.set("memory", memory(memory)));
        resources.cpu().ifPresent(cpu -> node.set("cpu", cpu(cpu)));
        resources.pids().ifPresent(pids -> put(node.putObject("pids"), "limit", pids.limit()));
        resources.blockIo().ifPresent(blockIo -> node.set("blockIO", blockIo(blockIo)));
        array(node, "hugepageLimits", resources.hugepageLimits(), limit -> {
            ObjectNode entry = JsonNodeFactory.instance.objectNode().put("pageSize", limit.pageSize());
            return unsigned(entry, "limit", OptionalLong.of(limit.limit()));
        });
        resources.network().ifPresent(network -> {
            ObjectNode section = node.putObject("network");
            put(section, "classID", network.classId());
            array(section, "priorities", network.priorities(),
                    priority -> JsonNodeFactory.instance.objectNode().put("name", priority.name()).put("priority", priority.priority()));
        });
        if (!resources.rdma().isEmpty()) {
            ObjectNode section = node.putObject("rdma");
            resources.rdma().forEach((name, limits) -> put(put(section.putObject(name), "hcaHandles", limits.hcaHandles()), "hcaObjects", limits.hcaObjects()));
        }
        if (!resources.unified().isEmpty()) {
            ObjectNode section = node.putObject("unified");
            resources.unified().forEach(section::put);
        }
        return node;
    }

    private static ObjectNode device(DeviceRule rule)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("allow", rule.allow()).put("type", rule.type().word());
        put(put(node, "major", rule.major()), "minor", rule.minor());
        return node.put("access", rule.accessLetters());
    }

    private static ObjectNode memory(Memory memory)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        put(node, "limit", memory.limit());
        put(node, "reservation", memory.reservation());
        put(node, "swap", memory.swap());
        put(node, "kernel", memory.kernel());
        put(node, "kernelTCP", memory.kernelTcp());
        unsigned(node, "swappiness", memory.swappiness());
        flag(node, "disableOOMKiller", memory.disableOomKiller());
        flag(node, "useHierarchy", memory.useHierarchy());
        flag(node, "checkBeforeUpdate", memory.checkBeforeUpdate());
        return node;
    }

    private static ObjectNode cpu(Cpu cpu)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        unsigned(node, "shares", cpu.shares());
        put(node, "quota", cpu.quota());
        unsigned(node, "burst", cpu.burst());
        unsigned(node, "period", cpu.period());
        put(node, "realtimeRuntime", cpu.realtimeRuntime());
        unsigned(node, "realtimePeriod", cpu.realtimePeriod());
        cpu.cpus().ifPresent(cpus -> node.put("cpus", cpus));
        cpu.mems().ifPresent(mems -> node.put("mems", mems));
        put(node, "idle", cpu.idle());
        return node;
    }

    private static ObjectNode blockIo(BlockIo blockIo)
    {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        put(node, "weight", blockIo.weight());
        put(node, "leafWeight", blockIo.leafWeight());
        array(node, "weightDevice", blockIo.weightDevice(), device -> {
            ObjectNode entry = JsonNodeFactory.instance.objectNode().put("major", device.major()).put("minor", device.minor());
            return put(put(entry, "weight", device.weight()), "leafWeight", device.leafWeight());
        });
        throttles(node, "throttleReadBpsDevice", blockIo.throttleReadBpsDevice());
        throttles(node, "throttleWriteBpsDevice", blockIo.throttleWriteBpsDevice());
        throttles(node, "throttleReadIOPSDevice", blockIo.throttleReadIopsDevice());
        throttles(node, "throttleWriteIOPSDevice", blockIo.throttleWriteIopsDevice());
        return node;
    }

    private static void throttles(ObjectNode node, String name, List<ThrottleDevice> devices)
    {
        array(node, name, devices, device -> unsigned(JsonNodeFactory.instance.objectNode().put("major", device.major()).put("minor", device.minor()), "rate",
                OptionalLong.of(device.rate())));
    }

    private static <T> void array(ObjectNode node, String name, List<T> values, Function<T, JsonNode> writer)
    {
        if (!values.isEmpty()) {
            ArrayNode array = node.putArray(name);
            values.forEach(value -> array.add(writer.apply(value)));
        }
    }

    private static ObjectNode put(ObjectNode node, String name, OptionalLong value)
    {
        value.ifPresent(number -> node.put(name, number));
        return node;
    }

    private static ObjectNode put(ObjectNode node, String name, OptionalInt value)
    {
        value.ifPresent(number -> node.put(name, number));
        return node;
    }

    private static ObjectNode unsigned(ObjectNode node, String name, OptionalLong value)
    {
        value.ifPresent(number -> node.put(name, new BigInteger(Long.toUnsignedString(number))));
        return node;
    }

    private static void flag(ObjectNode node, String name, Optional<Boolean> value)
    {
        value.ifPresent(word -> node.put(name, word));
    }
}
