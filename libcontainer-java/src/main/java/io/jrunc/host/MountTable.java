package io.jrunc.host;

import io.jrunc.os.ProcHandle;

import java.nio.file.Path;
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
