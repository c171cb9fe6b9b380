package io.jrunc.spec;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Reads {@code linux}, except for the resources and the system call filter. */
final class LinuxParser
{
    private LinuxParser()
    {
    }

    static Optional<Linux> linux(JsonCursor linux)
    {
        List<Namespace> namespaces = linux.objects("namespaces", LinuxParser::namespace);
        List<IdMapping> uidMappings = linux.objects("uidMappings", SpecParser::idMapping);
        List<IdMapping> gidMappings = linux.objects("gidMappings", SpecParser::idMapping);
        Map<TimeClock, TimeOffset> timeOffsets = timeOffsets(linux);
        List<Device> devices = linux.objects("devices", LinuxParser::device);
        Map<String, NetDevice> netDevices = linux.objectMap("netDevices", LinuxParser::netDevice);
        Optional<String> cgroupsPath = linux.text("cgroupsPath");
        Optional<Resources> resources = linux.object("resources").flatMap(ResourcesParser::resources);
        Optional<Propagation> propagation = linux.word("rootfsPropagation", Propagation.values(),
                word -> "rootfsPropagation=" + word + " is not supported");
        Optional<Seccomp> seccomp = linux.object("seccomp").flatMap(SeccompParser::seccomp);
        Map<String, String> sysctl = linux.textMap("sysctl");
        List<String> maskedPaths = linux.texts("maskedPaths");
        List<String> readonlyPaths = linux.texts("readonlyPaths");
        Optional<String> mountLabel = linux.text("mountLabel");
        Optional<IntelRdt> intelRdt = linux.object("intelRdt").flatMap(LinuxParser::intelRdt);
        Optional<Personality> personality = linux.object("personality").flatMap(LinuxParser::personality);
        Optional<MemoryPolicy> memoryPolicy = linux.object("memoryPolicy").flatMap(LinuxParser::memoryPolicy);
        return linux.buildWhole(() -> new Linux(namespaces, uidMappings, gidMappings, timeOffsets, devices, netDevices, cgroupsPath,
                resources, propagation, seccomp, sysctl, maskedPaths, readonlyPaths, mountLabel, intelRdt, personality, memoryPolicy));
    }

    private static Optional<Namespace> namespace(JsonCursor namespace)
    {
        NamespaceType type = namespace.requiredWord("type", NamespaceType.values(), word -> "namespace \"" + word + "\" does not exist");
        Optional<String> path = namespace.text("path");
        return namespace.build(() -> new Namespace(type, path));
    }

    private static Map<TimeClock, TimeOffset> timeOffsets(JsonCursor linux)
    {
        Map<TimeClock, TimeOffset> offsets = new EnumMap<>(TimeClock.class);
        linux.objectMap("timeOffsets", LinuxParser::timeOffset).forEach((word, offset) ->
                SpecWord.find(TimeClock.values(), word).ifPresentOrElse(clock -> offsets.put(clock, offset),
                        () -> linux.problem("timeOffsets", "unknown clock " + Problems.quote(word) + ": must be monotonic or boottime")));
        return offsets;
    }

    private static Optional<TimeOffset> timeOffset(JsonCursor offset)
    {
        long secs = offset.int64("secs").orElse(0);
        long nanosecs = offset.uint32("nanosecs").orElse(0);
        return offset.build(() -> new TimeOffset(secs, nanosecs));
    }

    private static Optional<Device> device(JsonCursor device)
    {
        DeviceType type = device.requiredWord("type", DeviceType.values(), word -> "invalid device type \"" + word + "\"");
        String path = device.requiredText("path");
        boolean numbered = type != DeviceType.FIFO;
        OptionalLong major = device.int64("major");
        OptionalLong minor = device.int64("minor");
        if (numbered) {
            device.require("major", major);
            device.require("minor", minor);
        }
        OptionalLong mode = device.uint32("fileMode");
        // Some managers pass st_mode whole, with the type bits.
        OptionalInt fileMode = mode.isPresent() ? OptionalInt.of((int) mode.getAsLong() & 07777) : OptionalInt.empty();
        OptionalLong uid = device.uint32("uid");
        OptionalLong gid = device.uint32("gid");
        return device.build(() -> new Device(type, path, numbered ? major.orElse(0) : 0, numbered ? minor.orElse(0) : 0, fileMode, uid, gid));
    }

    private static Optional<NetDevice> netDevice(JsonCursor device)
    {
        Optional<String> name = device.text("name");
        return device.build(() -> new NetDevice(name));
    }

    private static Optional<IntelRdt> intelRdt(JsonCursor rdt)
    {
        Optional<String> closId = rdt.text("closID");
        List<String> schemata = rdt.texts("schemata");
        Optional<String> l3CacheSchema = rdt.text("l3CacheSchema");
        Optional<String> memBwSchema = rdt.text("memBwSchema");
        boolean enableMonitoring = rdt.flag("enableMonitoring").orElse(false);
        return rdt.build(() -> new IntelRdt(closId, schemata, l3CacheSchema, memBwSchema, enableMonitoring));
    }

    private static Optional<Personality> personality(JsonCursor personality)
    {
        PersonalityDomain domain = personality.requiredWord("domain", PersonalityDomain.values(),
                word -> "invalid personality domain " + word);
        List<String> flags = personality.texts("flags");
        return personality.build(() -> new Personality(domain, flags));
    }

    private static Optional<MemoryPolicy> memoryPolicy(JsonCursor policy)
    {
        MemoryPolicyMode mode = policy.requiredWord("mode", MemoryPolicyMode.values(),
                word -> "invalid memory policy mode \"" + word + "\"");
        Optional<RangeList> nodes = policy.ranges("nodes", text -> "invalid memory policy nodes \"" + text + "\"");
        Optional<List<MemoryPolicyFlag>> flags = policy.words("flags", MemoryPolicyFlag.values(),
                word -> "invalid memory policy flag \"" + word + "\"");
        return policy.build(() -> new MemoryPolicy(mode, nodes, flags.map(Set::copyOf).orElse(Set.of())));
    }
}
