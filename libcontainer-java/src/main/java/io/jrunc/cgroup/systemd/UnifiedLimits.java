package io.jrunc.cgroup.systemd;

import io.jrunc.error.SpecException;
import io.jrunc.host.dbus.Variant;

import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongBinaryOperator;

/** {@code linux.resources.unified} as properties, as far as systemd has such. The files are written all the same. Pure. */
final class UnifiedLimits
{
    private static final String PLACE = "linux.resources.unified";
    private static final long DEFAULT_PERIOD = 100_000;

    interface Mask
    {
        void add(String property, String place, String list);
    }

    interface Weight
    {
        void set(boolean idle, long weight);
    }

    private UnifiedLimits() {}

    /** @throws SpecException if a value is none that the file could have */
    static void add(Map<String, String> unified, BiConsumer<String, Variant> properties, LongBinaryOperator quota, Mask mask, Weight weight)
    {
        unified.forEach((file, text) -> {
            String value = text.strip();
            switch (file) {
                case "cpu.max" -> quota(file, value, quota);
                case "cpuset.cpus" -> mask.add("AllowedCPUs", PLACE + "." + file, value);
                case "cpuset.mems" -> mask.add("AllowedMemoryNodes", PLACE + "." + file, value);
                case "memory.high" -> properties.accept("MemoryHigh", Variant.u64(number(file, value)));
                case "memory.low" -> properties.accept("MemoryLow", Variant.u64(number(file, value)));
                case "memory.min" -> properties.accept("MemoryMin", Variant.u64(number(file, value)));
                case "memory.max" -> properties.accept("MemoryMax", Variant.u64(number(file, value)));
                case "memory.swap.max" -> properties.accept("MemorySwapMax", Variant.u64(number(file, value)));
                // systemd has no limit of 0.
                case "pids.max" -> properties.accept("TasksMax", Variant.u64(number(file, value) == 0 ? 1 : number(file, value)));
                default -> { }
            }
        });
        boolean idle = unified.getOrDefault("cpu.idle", "").strip().equals("1");
        long shares = unified.containsKey("cpu.weight") ? number("cpu.weight", unified.get("cpu.weight").strip()) : 0;
        if (idle || shares != 0) {
            weight.set(idle, shares);
        }
    }

    /** {@code QUOTA [PERIOD]} or {@code max [PERIOD]} */
    private static void quota(String file, String value, LongBinaryOperator quota)
    {
        String[] words = value.split("\\s+");
        if (words.length > 2 || value.isEmpty()) {
            throw wrong(file, value);
        }
        quota.applyAsLong(words[0].equals("max") ? 0 : number(file, words[0]), words.length == 2 ? number(file, words[1]) : DEFAULT_PERIOD);
    }

    private static long number(String file, String value)
    {
        if (value.equals("max")) {
            return Variant.UNLIMITED;
        }
        try {
            return Long.parseUnsignedLong(value);
        }
        catch (NumberFormatException e) {
            throw wrong(file, value);
        }
    }

    private static SpecException wrong(String file, String value)
    {
        return new SpecException(PLACE, "unified resource \"" + file + "\" value conversion error: \"" + value + "\"");
    }
}
