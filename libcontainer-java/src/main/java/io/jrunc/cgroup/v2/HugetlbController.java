package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupText;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** hugetlb.SIZE.max, and the same for reservations where the kernel (5.7) has them. */
public final class HugetlbController implements Controller
{
    private static final String PREFIX = "hugetlb.";

    @Override
    public String name()
    {
        return "hugetlb";
    }

    @Override
    public List<CgroupWrite> writes(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.hugepageLimits().forEach(huge -> {
            String limit = Long.toUnsignedString(huge.limit());
            writes.add(CgroupWrite.of("hugetlb", PREFIX + huge.pageSize() + ".max", limit));
            writes.add(CgroupWrite.of("hugetlb", PREFIX + huge.pageSize() + ".rsvd.max", limit).skippedIfAbsent());
        });
        return writes;
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        for (String file : directory.files(PREFIX, ".current")) {
            String size = file.substring(PREFIX.length(), file.length() - ".current".length());
            if (size.endsWith(".rsvd")) {
                continue;
            }
            String usage = directory.read(PREFIX + size + ".rsvd.current").isPresent() ? PREFIX + size + ".rsvd.current" : file;
            long failures = directory.read(PREFIX + size + ".events").map(text -> CgroupText.keyed(text).getOrDefault("max", 0L)).orElse(0L);
            stats.hugetlb(size, new CgroupStats.Hugetlb(directory.readNumber(usage), 0, failures));
        }
    }
}
