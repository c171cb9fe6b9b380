package io.jrunc.host;

import io.jrunc.os.ProcHandle;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Words of /proc/PID/mountinfo. Source: proc(5). */
public final class MountTable
{
    private MountTable() {}

    /** The engine's own, as it is now. */
    public static String own()
    {
        return ProcHandle.host().read("self/mountinfo", 64 << 20);
    }

    /**
     * One mount.
     *
     * @param root what of its file system is mounted
     * @param point where, as its own mount namespace sees it
     */
    public record Mount(String root, String point) {}

    /** All mounts that a process sees, in their order. */
    public static List<Mount> of(int pid)
    {
        return ProcHandle.host().read(pid + "/mountinfo", 64 << 20).lines().map(line -> line.split(" "))
                .map(words -> new Mount(unescape(words[3]), unescape(words[4]))).toList();
    }

    /** Where a file system of this type is mounted as a whole; of several mounts the last, which covers the others if any does. */
    public static Optional<Path> mountPoint(String mountinfo, String type)
    {
        return mountinfo.lines().filter(line -> line.contains(" - " + type + " ")).map(line -> line.split(" ")).filter(words -> words[3].equals("/"))
                .map(words -> Path.of(unescape(words[4]))).reduce((first, last) -> last);
    }

    /** Blank, tab, newline and backslash stand there as a backslash and three octal digits. */
    static String unescape(String word)
    {
        if (word.indexOf('\\') < 0) {
            return word;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) == '\\' && i + 3 < word.length()) {
                text.append((char) Integer.parseInt(word.substring(i + 1, i + 4), 8));
                i += 3;
            }
            else {
                text.append(word.charAt(i));
            }
        }
        return text.toString();
    }
}
