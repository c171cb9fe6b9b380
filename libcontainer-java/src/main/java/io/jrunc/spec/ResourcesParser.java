package io.jrunc.spec;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Reads {@code linux.resources}, which is also the input of {@code update}. */
final class ResourcesParser
{
    private ResourcesParser()
    {
    }

    static Optional<Resources> resources(JsonCursor resources)
    {
        List<DeviceRule> devices = resources.objects("devices", ResourcesParser::deviceRule);
        Optional<Memory> memory = resources.object("memory").flatMap(ResourcesParser::memory);
        Optional<Cpu> cpu = resources.object("cpu").flatMap(ResourcesParser::cpu);
        Optional<Pids> pids = resources.object("pids").map(p -> new Pids(p.int64("limit")));
        Optional<BlockIo> blockIo = resources.object("blockIO").map(ResourcesParser::blockIo);
        List<HugepageLimit> hugepageLimits = resources.objects("hugepageLimits", ResourcesParser::hugepageLimit);
        Optional<Network> network = resources.object("network").map(ResourcesParser::network);
        Map<String, Rdma> rdma = resources.objectMap("rdma", ResourcesParser::rdma);
        Map<String, String> unified = resources.textMap("unified");
        return resources.buildWhole(() -> new Resources(devices, memory, cpu, pids, blockIo, hugepageLimits, network, rdma, unified));
    }

    private static Optional<DeviceRule> deviceRule(JsonCursor rule)
    {
        Optional<Boolean> allow = rule.flag("allow");
        if (rule.isAbsent("allow")) {
            rule.problem("allow", "is required");
        }
        DeviceRuleType type = rule.word("type", DeviceRuleType.values(), word -> "invalid cgroup device type \"" + word + "\"")
                .orElse(DeviceRuleType.ALL);
        OptionalLong major = rule.int64("major");
        OptionalLong minor = rule.int64("minor");
        Set<DeviceAccess> access = access(rule);
        return rule.build(() -> new DeviceRule(allow.orElseThrow(), type, major, minor, access));
    }

    private static Set<DeviceAccess> access(JsonCursor rule)
    {
        String letters = rule.text("access").orElse("");
        Set<DeviceAccess> access = EnumSet.noneOf(DeviceAccess.class);
        for (DeviceAccess one : DeviceAccess.values()) {
            if (letters.indexOf(one.letter()) >= 0) {
                access.add(one);
            }
        }
        // "rwa" is in use: runc has always passed over the a.
        if (!letters.matches("[rwma]*")) {
            rule.problem("access", "invalid device access " + Problems.quote(letters) + ": must be made of r, w and m");
        }
        return access;
    }

    private static Optional<Memory> memory(JsonCursor memory)
    {
        OptionalLong limit = memory.int64("limit");
        OptionalLong reservation = memory.int64("reservation");
        OptionalLong swap = memory.int64("swap");
        OptionalLong kernel = memory.int64("kernel");
        OptionalLong kernelTcp = memory.int64("kernelTCP");
        OptionalLong number = memory.uint64("swappiness");
        // Managers that hold -1 for "not set" write it as an unsigned number.
        OptionalLong swappiness = number.orElse(0) == -1 ? OptionalLong.empty() : number;
        Optional<Boolean> disableOomKiller = memory.flag("disableOOMKiller");
        Optional<Boolean> useHierarchy = memory.flag("useHierarchy");
        Optional<Boolean> checkBeforeUpdate = memory.flag("checkBeforeUpdate");
        return memory.build(() -> new Memory(limit, reservation, swap, kernel, kernelTcp, swappiness, disableOomKiller, useHierarchy,
                checkBeforeUpdate));
    }

    private static Optional<Cpu> cpu(JsonCursor cpu)
    {
        OptionalLong shares = cpu.uint64("shares");
        OptionalLong quota = cpu.int64("quota");
        OptionalLong burst = cpu.uint64("burst");
        OptionalLong period = cpu.uint64("period");
        OptionalLong realtimeRuntime = cpu.int64("realtimeRuntime");
        OptionalLong realtimePeriod = cpu.uint64("realtimePeriod");
        Optional<String> cpus = cpu.text("cpus");
        Optional<String> mems = cpu.text("mems");
        OptionalLong idle = cpu.int64("idle");
        return cpu.build(() -> new Cpu(shares, quota, burst, period, realtimeRuntime, realtimePeriod, cpus, mems, idle));
    }

    private static BlockIo blockIo(JsonCursor blockIo)
    {
        return new BlockIo(blockIo.uint16("weight"), blockIo.uint16("leafWeight"),
                blockIo.objects("weightDevice", ResourcesParser::weightDevice),
                blockIo.objects("throttleReadBpsDevice", ResourcesParser::throttleDevice),
                blockIo.objects("throttleWriteBpsDevice", ResourcesParser::throttleDevice),
                blockIo.objects("throttleReadIOPSDevice", ResourcesParser::throttleDevice),
                blockIo.objects("throttleWriteIOPSDevice", ResourcesParser::throttleDevice));
    }

    private static Optional<WeightDevice> weightDevice(JsonCursor device)
    {
        long major = device.require("major", device.int64("major"));
        long minor = device.require("minor", device.int64("minor"));
        OptionalInt weight = device.uint16("weight");
        OptionalInt leafWeight = device.uint16("leafWeight");
        return device.build(() -> new WeightDevice(major, minor, weight, leafWeight));
    }

    private static Optional<ThrottleDevice> throttleDevice(JsonCursor device)
    {
        long major = device.require("major", device.int64("major"));
        long minor = device.require("minor", device.int64("minor"));
        long rate = device.uint64("rate").orElse(0);
        return device.build(() -> new ThrottleDevice(major, minor, rate));
    }

    private static Optional<HugepageLimit> hugepageLimit(JsonCursor hugepages)
    {
        String pageSize = hugepages.requiredText("pageSize");
        long limit = hugepages.require("limit", hugepages.uint64("limit"));
        return hugepages.build(() -> new HugepageLimit(pageSize, limit));
    }

    private static Network network(JsonCursor network)
    {
        return new Network(network.uint32("classID"), network.objects("priorities", ResourcesParser::interfacePriority));
    }

    private static Optional<InterfacePriority> interfacePriority(JsonCursor entry)
    {
        String name = entry.requiredText("name");
        long priority = entry.require("priority", entry.uint32("priority"));
        return entry.build(() -> new InterfacePriority(name, priority));
    }

    private static Optional<Rdma> rdma(JsonCursor rdma)
    {
        OptionalLong hcaHandles = rdma.uint32("hcaHandles");
        OptionalLong hcaObjects = rdma.uint32("hcaObjects");
        return rdma.build(() -> new Rdma(hcaHandles, hcaObjects));
    }
}
