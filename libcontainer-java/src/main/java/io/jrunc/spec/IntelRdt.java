package io.jrunc.spec;

import java.util.List;
import java.util.Optional;

/**
 * Cache and memory bandwidth through resctrl. Source: OCI config-linux.md#intelrdt.
 *
 * @param closId name of the group, {@code /} = the root group; empty = one named after the container
 * @param schemata lines for the schemata file, written last
 * @param l3CacheSchema one line, written first
 * @param memBwSchema one line that starts with {@code MB:}, written second
 */
public record IntelRdt(Optional<String> closId, List<String> schemata, Optional<String> l3CacheSchema, Optional<String> memBwSchema,
        boolean enableMonitoring)
{
    public IntelRdt
    {
        schemata = List.copyOf(schemata);
        String group = closId.orElse("/");
        Problems problems = new Problems()
                .unless(isGroup(group), "closID", "invalid intelRdt.ClosID " + Problems.quote(group))
                .unless(isLine(l3CacheSchema.orElse("")), "l3CacheSchema", "must not contain a newline")
                .unless(isLine(memBwSchema.orElse("")), "memBwSchema", "must not contain a newline")
                .unless(memBwSchema.orElse("MB:").startsWith("MB:"), "memBwSchema", "must start with \"MB:\"");
        for (int i = 0; i < schemata.size(); i++) {
            problems.unless(isLine(schemata.get(i)), "schemata[" + i + "]", "must not contain a newline");
        }
        problems.throwIfAny();
    }

    private static boolean isGroup(String name)
    {
        return name.equals("/") || !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0 && isLine(name);
    }

    private static boolean isLine(String text)
    {
        return text.indexOf('\n') < 0;
    }
}
