package io.jrunc.cgroup.v1;

import io.jrunc.cgroup.CgroupDirectory;
import io.jrunc.cgroup.CgroupStats;
import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.cgroup.Controller;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;

/** hugetlb.SIZE.limit_in_bytes, and the same for reservations where the kernel (5.7) has them. */
public final class HugetlbController implements Controller
{
    private static final String PREFIX = "hugetlb.";
    private static final String USAGE = ".usage_in_bytes";

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
            writes.add(CgroupWrite.of("hugetlb", PREFIX + huge.pageSize() + ".limit_in_bytes", limit));
            writes.add(CgroupWrite.of("hugetlb", PREFIX + huge.pageSize() + ".rsvd.limit_in_bytes", limit).skippedIfAbsent());
        });
        return writes;
    }

    @Override
    public void read(CgroupDirectory directory, CgroupStats.Builder stats)
    {
        for (String file : directory.files(PREFIX, USAGE)) {
            String size = file.substring(PREFIX.length(), file.length() - USAGE.length());
            if (size.endsWith(".rsvd")) {
                continue;
            }
            String prefix = PREFIX + size + (directory.read(PREFIX + size + ".rsvd" + USAGE).isPresent() ? ".rsvd" : "");
            stats.hugetlb(size, new CgroupStats.Hugetlb(
                    directory.readNumber(prefix + USAGE),
                    directory.readNumber(prefix + ".max_usage_in_bytes"),
                    directory.readNumber(prefix + ".failcnt")));
        }
    }
}
