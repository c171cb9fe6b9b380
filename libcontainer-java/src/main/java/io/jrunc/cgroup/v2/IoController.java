package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupStats.BlkioEntry;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.BlockIo;
import io.jrunc.spec.Resources;
import io.jrunc.spec.ThrottleDevice;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * io.bfq.weight or io.weight, and io.max. Leaf weights have no v2 meaning. Device weights need the BFQ scheduler.
 */
public final class IoController implements Controller
{
    @Override
    public String name()
    {
        return "io";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        Optional<BlockIo> asked = resources.blockIo();
        if (asked.isEmpty()) {
            return List.of();
        }
        BlockIo io = asked.get();
        List<CgroupWrite> writes = new ArrayList<>();
        int weight = io.weight().orElse(0);
        if (weight != 0) {
            // Where BFQ schedules it alone decides, and it counts as OCI does.
            writes.add(CgroupWrite.of("io", "io.bfq.weight", weight)
                    .orIfAbsent(CgroupWrite.of("io", "io.weight", ioWeight(weight))));
        }
        io.weightDevice().forEach(device -> device.weight().ifPresent(value -> {
            if (value != 0) {
                writes.add(CgroupWrite.of("io", "io.bfq.weight", device.major() + ":" + device.minor() + " " + value).skippedIfAbsent());
            }
        }));
        throttle(writes, io.throttleReadBpsDevice(), "rbps");
        throttle(writes, io.throttleWriteBpsDevice(), "wbps");
        throttle(writes, io.throttleReadIopsDevice(), "riops");
        throttle(writes, io.throttleWriteIopsDevice(), "wiops");
        return writes;
    }

    /** OCI weight 10 to 1000 on the straight line to v2 weight 1 to 10000: {@code 10 → 1, 500 → 4950, 1000 → 10000}. */
    public static long ioWeight(int weight)
    {
        return 1 + (weight - 10L) * 9_999 / 990;
    }

    private static void throttle(List<CgroupWrite> writes, List<ThrottleDevice> devices, String key)
    {
        for (ThrottleDevice device : devices) {
            // 0 lifts the limit, as on v1; io.max itself refuses a 0.
            String rate = device.rate() == 0 ? "max" : Long.toUnsignedString(device.rate());
            writes.add(CgroupWrite.of("io", "io.max", device.major() + ":" + device.minor() + " " + key + "=" + rate));
        }
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        List<BlkioEntry> bytes = new ArrayList<>();
        List<BlkioEntry> operations = new ArrayList<>();
        directory.read("io.stat").ifPresent(text -> CgroupText.nested(text).forEach((device, values) -> {
            int colon = device.indexOf(':');
            if (colon > 0) {
                long major = CgroupText.number(device.substring(0, colon));
                long minor = CgroupText.number(device.substring(colon + 1));
                values.forEach((key, value) -> {
                    switch (key) {
                        case "rbytes" -> bytes.add(new BlkioEntry(major, minor, "Read", value));
                        case "wbytes" -> bytes.add(new BlkioEntry(major, minor, "Write", value));
                        case "rios" -> operations.add(new BlkioEntry(major, minor, "Read", value));
                        case "wios" -> operations.add(new BlkioEntry(major, minor, "Write", value));
                        default -> { }
                    }
                });
            }
        }));
        stats.blkio(new CgroupStats.Blkio(bytes, operations, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), directory.readPsi("io.pressure")));
    }
}
