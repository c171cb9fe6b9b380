package io.jrunc.cgroup;

import io.jrunc.error.BugException;

import java.util.List;
import java.util.Optional;

/**
 * One value meant for one cgroup file. Planned without touching anything, carried out by {@link CgroupDirectory#execute}.
 *
 * @param controller the controller it belongs to, as messages name it: {@code memory}
 * @param file a bare file name: {@code memory.max}
 * @param lines what to write, one write(2) each
 * @param ifAbsent what to do when the kernel has no such file
 * @param repeatIfInvalid EINVAL now may become success once the controller's other writes are done: try again then
 * @param otherwise written in its place when the file is absent; only with {@link IfAbsent#WRITE_OTHER}
 */
public record CgroupWrite(String controller, String file, List<String> lines, IfAbsent ifAbsent, boolean repeatIfInvalid, Optional<CgroupWrite> otherwise)
{
    public enum IfAbsent
    {
        FAIL,
        SKIP,
        WRITE_OTHER,
    }

    public CgroupWrite
    {
        lines = List.copyOf(lines);
        if (file.indexOf('/') >= 0 || file.isEmpty() || file.startsWith("..")) {
            throw new BugException("\"" + file + "\" is no cgroup file name");
        }
        if ((ifAbsent == IfAbsent.WRITE_OTHER) != otherwise.isPresent()) {
            throw new BugException("\"" + file + "\" has no alternative");
        }
    }

    public static CgroupWrite of(String controller, String file, String value)
    {
        return ofLines(controller, file, List.of(value));
    }

    public static CgroupWrite of(String controller, String file, long value)
    {
        return of(controller, file, Long.toString(value));
    }

    public static CgroupWrite ofLines(String controller, String file, List<String> lines)
    {
        return new CgroupWrite(controller, file, lines, IfAbsent.FAIL, false, Optional.empty());
    }

    public CgroupWrite skippedIfAbsent()
    {
        return new CgroupWrite(controller, file, lines, IfAbsent.SKIP, repeatIfInvalid, Optional.empty());
    }

    public CgroupWrite repeatedIfInvalid()
    {
        return new CgroupWrite(controller, file, lines, ifAbsent, true, otherwise);
    }

    public CgroupWrite orIfAbsent(CgroupWrite other)
    {
        return new CgroupWrite(controller, file, lines, IfAbsent.WRITE_OTHER, repeatIfInvalid, Optional.of(other));
    }

    @Override
    public String toString()
    {
        return file + " = " + String.join(" | ", lines)
                + (repeatIfInvalid ? " (repeated if invalid)" : "")
                + switch (ifAbsent) {
                    case FAIL -> "";
                    case SKIP -> " (skipped if absent)";
                    case WRITE_OTHER -> " (else " + otherwise.orElseThrow() + ")";
                };
    }
}
