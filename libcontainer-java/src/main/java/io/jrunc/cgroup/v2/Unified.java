package io.jrunc.cgroup.v2;

import io.jrunc.cgroup.CgroupWrite;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.SpecException;
import io.jrunc.spec.Resources;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EPERM;

/**
 * {@code unified}: file names and values that the author of the bundle takes responsibility for. Written last, so they win.
 * No {@link io.jrunc.cgroup.Controller}: it spans them all and counts nothing. Source: OCI config-linux.md#unified.
 */
public final class Unified
{
    private Unified() {}

    /** @throws SpecException if a key is not a plain {@code CONTROLLER.PARAMETER} */
    public static List<CgroupWrite> writes(Resources resources)
    {
        List<CgroupWrite> writes = new ArrayList<>();
        resources.unified().forEach((key, value) -> {
            if (key.indexOf('.') <= 0) {
                throw new SpecException("linux.resources.unified", "unified resource \"" + key + "\" must be in the form CONTROLLER.PARAMETER");
            }
            // Files such as io.max take one device a write.
            writes.add(CgroupWrite.ofLines(controller(key), key, value.isEmpty() ? List.of("") : value.lines().toList()));
        });
        return writes;
    }

    /** @param available what {@code cgroup.controllers} of the cgroup lists */
    public static Optional<String> explain(CgroupWrite write, ErrnoException refusal, Set<String> available)
    {
        if (refusal.is(EPERM, EACCES, ENOENT) && !available.contains(write.controller()) && !write.controller().equals("cgroup")) {
            return Optional.of("unified resource \"" + write.file() + "\" can't be set: controller \"" + write.controller() + "\" not available");
        }
        return Optional.of("unable to set unified resource \"" + write.file() + "\": failed to write \""
                + String.join("\\n", write.lines()) + "\": " + Errno.text(refusal.errno()));
    }

    private static String controller(String key)
    {
        return key.substring(0, key.indexOf('.'));
    }
}
