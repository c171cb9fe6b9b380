package io.jrunc.spec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Limits that the container's cgroup enforces: {@code linux.resources}, or the input of {@code update -r}.
 * What is empty is left alone. Source: OCI config-linux.md#control-groups.
 *
 * @param rdma by device name
 * @param unified cgroup v2 files by bare name and what to write, in order
 */
public record Resources(List<DeviceRule> devices, Optional<Memory> memory, Optional<Cpu> cpu, Optional<Pids> pids,
        Optional<BlockIo> blockIo, List<HugepageLimit> hugepageLimits, Optional<Network> network, Map<String, Rdma> rdma,
        Map<String, String> unified)
{
    public static final Resources NONE = new Resources(List.of(), Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty(), List.of(), Optional.empty(), Map.of(), Map.of());

    public Resources
    {
        devices = List.copyOf(devices);
        hugepageLimits = List.copyOf(hugepageLimits);
        rdma = Collections.unmodifiableMap(new LinkedHashMap<>(rdma));
        unified = Collections.unmodifiableMap(new LinkedHashMap<>(unified));
        Problems problems = new Problems();
        for (String name : rdma.keySet()) {
            problems.unless(isRdmaName(name), Problems.join("rdma", name), "invalid rdma device name " + Problems.quote(name));
        }
        for (String name : unified.keySet()) {
            problems.unless(isFileName(name), Problems.join("unified", name),
                    "unified resource " + Problems.quote(name) + " must be a file name (no slashes)");
        }
        problems.throwIfAny();
    }

    private static boolean isFileName(String name)
    {
        return !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0;
    }

    /** The name is the first word of a line in rdma.max, so it must be one word. */
    private static boolean isRdmaName(String name)
    {
        return isFileName(name) && name.chars().noneMatch(c -> c <= ' ');
    }

    public Resources withDevices(List<DeviceRule> rules)
    {
        return new Resources(rules, memory, cpu, pids, blockIo, hugepageLimits, network, rdma, unified);
    }

    public Resources withCpu(Cpu limits)
    {
        return new Resources(devices, memory, Optional.of(limits), pids, blockIo, hugepageLimits, network, rdma, unified);
    }

    /** These rules with more after them. */
    public Resources plusDevices(List<DeviceRule> rules)
    {
        List<DeviceRule> all = new ArrayList<>(devices);
        all.addAll(rules);
        return withDevices(all);
    }
}
