package io.jrunc.cgroup;

import io.jrunc.error.UsageException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where below the container's cgroup an {@code exec --cgroup} wants to be.
 *
 * <p>{@code /} or {@code /worker} for every hierarchy alike, or {@code cpu,memory:/worker} for some of v1.
 *
 * @param places cleaned relative path by controller, the key {@code ""} meaning every hierarchy; empty = not asked for
 */
public record SubCgroups(Map<String, String> places)
{
    public static final SubCgroups NONE = new SubCgroups(Map.of());

    public SubCgroups
    {
        places = Map.copyOf(places);
    }

    /**
     * @param arguments the values of {@code --cgroup} as given
     * @throws UsageException if one is malformed, names a controller twice, or leaves the container's cgroup
     */
    public static SubCgroups of(List<String> arguments)
    {
        Map<String, String> places = new LinkedHashMap<>();
        for (String argument : arguments) {
            int colon = argument.indexOf(':');
            if (colon < 0) {
                if (arguments.size() != 1) {
                    throw new UsageException("invalid --cgroup argument: " + argument + " (missing <controller>: prefix)");
                }
                places.put("", inside(argument));
                continue;
            }
            String place = inside(argument.substring(colon + 1));
            for (String controller : argument.substring(0, colon).split(",", -1)) {
                if (controller.isEmpty()) {
                    throw new UsageException("invalid --cgroup argument: " + argument + " (empty <controller> prefix)");
                }
                if (places.put(controller, place) != null) {
                    throw new UsageException("invalid --cgroup argument(s): controller " + controller + " specified multiple times");
                }
            }
        }
        return new SubCgroups(places);
    }

    public boolean isGiven()
    {
        return !places.isEmpty();
    }

    /** The place for one controller; empty string = the container's cgroup itself. */
    String placeFor(String controller)
    {
        return Optional.ofNullable(places.get(controller)).or(() -> Optional.ofNullable(places.get(""))).orElse("");
    }

    /** @throws UsageException if a controller is named that the container is not in */
    void checkControllers(Set<String> known)
    {
        for (String controller : places.keySet()) {
            if (!controller.isEmpty() && !known.contains(controller)) {
                throw new UsageException("unknown controller " + controller + " in SubCgroupPaths");
            }
        }
    }

    private static String inside(String path)
    {
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                throw new UsageException("bad sub cgroup path: " + path);
            }
        }
        return CgroupPaths.clean(path);
    }
}
