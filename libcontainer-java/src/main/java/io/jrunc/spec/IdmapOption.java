package io.jrunc.spec;

import io.jrunc.error.SpecException;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The options {@code idmap} and {@code ridmap}: owners of files are translated on this mount.
 *
 * <p>Plain, the mapping is the mount's own or the container's. With parameters, as crun reads them, it stands in the option:
 * {@code idmap=uids=0-1-10#10-11-10;gids=0-100-10}, each triple being id on disk, id on the host, count. A triple with {@code @}
 * counts its second number inside the container's user namespace.
 *
 * @param recursive true: mounts below too
 * @param uids the triples; none = not given
 * @param gids likewise
 */
public record IdmapOption(boolean recursive, List<Triple> uids, List<Triple> gids)
{
    /** One range of an {@code idmap=} option. */
    public record Triple(IdMapping mapping, boolean relative)
    {
        /**
         * The mapping in host ids. {@code @1-3-10} with a container mapping 1→2 gives {@code 1-4-10}: as crun, the shift of the range
         * that holds the first number is added to the second.
         *
         * @throws SpecException if the container's mappings do not hold the first number
         */
        public IdMapping resolve(List<IdMapping> container)
        {
            if (!relative) {
                return mapping;
            }
            OptionalLong host = IdMapping.toHost(container, mapping.containerId());
            if (host.isEmpty()) {
                throw new SpecException("", "idmap: id " + mapping.containerId() + " is not mapped in the container");
            }
            return new IdMapping(mapping.containerId(), mapping.hostId() + (host.getAsLong() - mapping.containerId()), mapping.size());
        }
    }

    public IdmapOption
    {
        uids = List.copyOf(uids);
        gids = List.copyOf(gids);
    }

    /** True if the option itself holds a mapping. */
    public boolean hasMappings()
    {
        return !uids.isEmpty() || !gids.isEmpty();
    }

    static IdmapOption plain(boolean recursive)
    {
        return new IdmapOption(recursive, List.of(), List.of());
    }

    /** @throws SpecException if the parameters are malformed */
    static IdmapOption parse(boolean recursive, String option, String parameters)
    {
        List<Triple> uids = new ArrayList<>();
        List<Triple> gids = new ArrayList<>();
        for (String parameter : parameters.split(";", -1)) {
            if (parameter.startsWith("uids=")) {
                uids.addAll(triples(option, parameter.substring(5)));
            }
            else if (parameter.startsWith("gids=")) {
                gids.addAll(triples(option, parameter.substring(5)));
            }
            else {
                throw malformed(option);
            }
        }
        return new IdmapOption(recursive, uids, gids);
    }

    private static List<Triple> triples(String option, String text)
    {
        List<Triple> triples = new ArrayList<>();
        for (String element : text.split("#", -1)) {
            boolean relative = element.startsWith("@");
            String[] numbers = (relative ? element.substring(1) : element).split("-", -1);
            if (numbers.length != 3) {
                throw malformed(option);
            }
            triples.add(new Triple(new IdMapping(id(option, numbers[0]), id(option, numbers[1]), id(option, numbers[2])), relative));
        }
        return triples;
    }

    private static long id(String option, String digits)
    {
        if (digits.isEmpty() || digits.length() > 10 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw malformed(option);
        }
        return Long.parseLong(digits);
    }

    private static SpecException malformed(String option)
    {
        return new SpecException("", "malformed mount option " + Problems.quote(option) + ": must be like idmap=uids=0-1000-1;gids=0-1000-1");
    }
}
