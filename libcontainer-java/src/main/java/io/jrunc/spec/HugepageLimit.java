package io.jrunc.spec;

import java.util.regex.Pattern;

/**
 * Limit of huge pages of one size. Source: OCI config-linux.md#huge-page-limits.
 *
 * @param pageSize e.g. {@code 64KB}, {@code 2MB}, {@code 1GB}; it becomes part of a file name, so nothing else is let through
 * @param limit bytes, unsigned
 */
public record HugepageLimit(String pageSize, long limit)
{
    private static final Pattern SIZE = Pattern.compile("[1-9][0-9]*[KMG]B");

    public HugepageLimit
    {
        new Problems()
                .unless(SIZE.matcher(pageSize).matches(), "pageSize",
                        "invalid hugepage size " + Problems.quote(pageSize) + ": must be like 64KB, 2MB or 1GB")
                .throwIfAny();
    }
}
