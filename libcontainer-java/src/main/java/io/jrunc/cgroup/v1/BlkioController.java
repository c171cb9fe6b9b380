package io.jrunc.cgroup.v1;

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

/** blkio.weight and its devices (under BFQ: blkio.bfq.weight), leaf weights, throttling. */
public final class BlkioController implements Controller
{
    @Override
    public String name()
    {
        return "blkio";
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
            writes.add(weight("weight", Integer.toString(weight)));
        }
        int leafWeight = io.leafWeight().orElse(0);
        if (leafWeight != 0) {
            writes.add(CgroupWrite.of("blkio", "blkio.leaf_weight", leafWeight));
        }
        io.weightDevice().forEach(device -> {
            String numbers = device.major() + ":" + device.minor() + " ";
            device.weight().ifPresent(value -> {
                if (value != 0) {
                    writes.add(weight("weight_device", numbers + value));
                }
            });
            device.leafWeight().ifPresent(value -> {
                if (value != 0) {
                    writes.add(CgroupWrite.of("blkio", "blkio.leaf_weight_device", numbers + value));
                }
            });
        });
        throttle(writes, io.throttleReadBpsDevice(), "read_bps");
        throttle(writes, io.throttleWriteBpsDevice(), "write_bps");
        throttle(writes, io.throttleReadIopsDevice(), "read_iops");
        throttle(writes, io.throttleWriteIopsDevice(), "write_iops");
        return writes;
    }

    private static CgroupWrite weight(String file, String value)
    {
        return CgroupWrite.of("blkio", "blkio." + file, value).orIfAbsent(CgroupWrite.of("blkio", "blkio.bfq." + file, value));
    }

    private static void throttle(List<CgroupWrite> writes, List<ThrottleDevice> devices, String what)
    {
        for (ThrottleDevice device : devices) {
            writes.add(CgroupWrite.of("blkio", "blkio.throttle." + what + "_device",
                    device.major() + ":" + device.minor() + " " + Long.toUnsignedString(device.rate())));
        }
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        // Which files count depends on the scheduler in use: BFQ, the old CFQ, or the throttling layer above all of them.
        String bfq = "blkio.bfq.";
        String cfq = "blkio.";
        for (String prefix : List.of(bfq, cfq)) {
            if (directory.read(prefix + "io_service_bytes_recursive").filter(text -> hasDevices(text)).isPresent()) {
                stats.blkio(new CgroupStats.Blkio(
                        entries(directory, prefix + "io_service_bytes_recursive"),
                        entries(directory, prefix + "io_serviced_recursive"),
                        entries(directory, prefix + "io_queued_recursive"),
                        entries(directory, prefix + "io_service_time_recursive"),
                        entries(directory, prefix + "io_wait_time_recursive"),
                        entries(directory, prefix + "io_merged_recursive"),
                        entries(directory, prefix + "time_recursive"),
                        entries(directory, prefix + "sectors_recursive"),
                        Optional.empty()));
                return;
            }
        }
        String suffix = directory.read("blkio.throttle.io_service_bytes_recursive").isPresent() ? "_recursive" : "";
        stats.blkio(new CgroupStats.Blkio(
                entries(directory, "blkio.throttle.io_service_bytes" + suffix),
                entries(directory, "blkio.throttle.io_serviced" + suffix),
                List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Optional.empty()));
    }

    private static boolean hasDevices(String text)
    {
        return text.lines().anyMatch(line -> line.indexOf(':') > 0);
    }

    /** Lines of {@code 8:0 Read 1282048} or {@code 8:0 6792}, and a last one of {@code Total 3477504}, which is left out. */
    private static List<BlkioEntry> entries(CgroupDirectory directory, String file)
    {
        List<BlkioEntry> entries = new ArrayList<>();
        directory.read(file).ifPresent(text -> text.lines().forEach(line -> {
            String[] words = line.strip().split("[ :]+");
            if (words.length == 3 || words.length == 4) {
                entries.add(new BlkioEntry(
                        CgroupText.number(words[0]),
                        CgroupText.number(words[1]),
                        words.length == 4 ? words[2] : "",
                        CgroupText.number(words[words.length - 1])));
            }
        }));
        return entries;
    }
}
