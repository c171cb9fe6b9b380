package io.jrunc.cgroup;

import io.jrunc.spec.BlockIo;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.DeviceAccess;
import io.jrunc.spec.DeviceRule;
import io.jrunc.spec.DeviceRuleType;
import io.jrunc.spec.HugepageLimit;
import io.jrunc.spec.Memory;
import io.jrunc.spec.Network;
import io.jrunc.spec.Pids;
import io.jrunc.spec.Rdma;
import io.jrunc.spec.Resources;
import io.jrunc.spec.ThrottleDevice;
import io.jrunc.spec.WeightDevice;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Resources by the names config.json has for them, for tests. What is not named is absent. */
public final class ResourcesBuilder
{
    private final Map<String, Long> numbers = new LinkedHashMap<>();
    private final Map<String, Boolean> flags = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final List<DeviceRule> devices = new ArrayList<>();
    private final List<HugepageLimit> hugepages = new ArrayList<>();
    private final Map<String, Rdma> rdma = new LinkedHashMap<>();
    private final Map<String, String> unified = new LinkedHashMap<>();
    private final List<WeightDevice> weightDevices = new ArrayList<>();
    private final Map<String, List<ThrottleDevice>> throttles = new LinkedHashMap<>();
    private Optional<Network> network = Optional.empty();

    private ResourcesBuilder() {}

    public static ResourcesBuilder resources()
    {
        return new ResourcesBuilder();
    }

    /** @param name e.g. {@code cpu.quota}, {@code memory.limit}, {@code pids.limit}, {@code blockIO.weight} */
    public ResourcesBuilder with(String name, long value)
    {
        numbers.put(name, value);
        return this;
    }

    /** @param name {@code cpu.cpus} or {@code cpu.mems} */
    public ResourcesBuilder with(String name, String value)
    {
        texts.put(name, value);
        return this;
    }

    /** @param name {@code memory.disableOOMKiller} or {@code memory.checkBeforeUpdate} */
    public ResourcesBuilder with(String name, boolean value)
    {
        flags.put(name, value);
        return this;
    }

    public ResourcesBuilder device(boolean allow, String type, long major, long minor, String access)
    {
        Set<DeviceAccess> accesses = EnumSet.noneOf(DeviceAccess.class);
        for (DeviceAccess each : DeviceAccess.values()) {
            if (access.indexOf(each.letter()) >= 0) {
                accesses.add(each);
            }
        }
        DeviceRuleType kind = switch (type) {
            case "a" -> DeviceRuleType.ALL;
            case "b" -> DeviceRuleType.BLOCK;
            case "c" -> DeviceRuleType.CHARACTER;
            default -> throw new IllegalArgumentException(type);
        };
        devices.add(new DeviceRule(allow, kind, OptionalLong.of(major), OptionalLong.of(minor), accesses));
        return this;
    }

    public ResourcesBuilder hugepages(String size, long limit)
    {
        hugepages.add(new HugepageLimit(size, limit));
        return this;
    }

    public ResourcesBuilder rdma(String device, OptionalLong handles, OptionalLong objects)
    {
        rdma.put(device, new Rdma(handles, objects));
        return this;
    }

    public ResourcesBuilder unified(String file, String value)
    {
        unified.put(file, value);
        return this;
    }

    public ResourcesBuilder network(Network value)
    {
        network = Optional.of(value);
        return this;
    }

    public ResourcesBuilder weightDevice(long major, long minor, int weight, int leafWeight)
    {
        weightDevices.add(new WeightDevice(major, minor, weight == 0 ? OptionalInt.empty() : OptionalInt.of(weight), leafWeight == 0 ? OptionalInt.empty() : OptionalInt.of(leafWeight)));
        return this;
    }

    /** @param name {@code readBps}, {@code writeBps}, {@code readIops}, {@code writeIops} */
    public ResourcesBuilder throttle(String name, long major, long minor, long rate)
    {
        throttles.computeIfAbsent(name, any -> new ArrayList<>()).add(new ThrottleDevice(major, minor, rate));
        return this;
    }

    public Resources build()
    {
        return new Resources(
                devices,
                when("memory.", new Memory(number("memory.limit"), number("memory.reservation"), number("memory.swap"), OptionalLong.empty(), OptionalLong.empty(),
                        number("memory.swappiness"), flag("memory.disableOOMKiller"), Optional.empty(), flag("memory.checkBeforeUpdate"))),
                when("cpu.", new Cpu(number("cpu.shares"), number("cpu.quota"), number("cpu.burst"), number("cpu.period"), number("cpu.realtimeRuntime"),
                        number("cpu.realtimePeriod"), text("cpu.cpus"), text("cpu.mems"), number("cpu.idle"))),
                when("pids.", new Pids(number("pids.limit"))),
                when("blockIO.", new BlockIo(integer("blockIO.weight"), integer("blockIO.leafWeight"), weightDevices,
                        throttle("readBps"), throttle("writeBps"), throttle("readIops"), throttle("writeIops"))),
                hugepages,
                network,
                rdma,
                unified);
    }

    private <T> Optional<T> when(String prefix, T value)
    {
        boolean named = numbers.keySet().stream().anyMatch(name -> name.startsWith(prefix))
                || flags.keySet().stream().anyMatch(name -> name.startsWith(prefix))
                || texts.keySet().stream().anyMatch(name -> name.startsWith(prefix))
                || prefix.equals("blockIO.") && !(weightDevices.isEmpty() && throttles.isEmpty());
        return named ? Optional.of(value) : Optional.empty();
    }

    private OptionalLong number(String name)
    {
        return numbers.containsKey(name) ? OptionalLong.of(numbers.get(name)) : OptionalLong.empty();
    }

    private OptionalInt integer(String name)
    {
        return numbers.containsKey(name) ? OptionalInt.of(numbers.get(name).intValue()) : OptionalInt.empty();
    }

    private Optional<Boolean> flag(String name)
    {
        return Optional.ofNullable(flags.get(name));
    }

    private Optional<String> text(String name)
    {
        return Optional.ofNullable(texts.get(name));
    }

    private List<ThrottleDevice> throttle(String name)
    {
        return throttles.getOrDefault(name, List.of());
    }
}
