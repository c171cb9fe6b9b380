package io.jrunc.os;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EPERM;
import static io.jrunc.error.Errno.ESRCH;
import static io.jrunc.os.FileCalls.O_DIRECTORY;
import static io.jrunc.os.FileCalls.O_PATH;
import static io.jrunc.os.FileCalls.O_RDONLY;
import static io.jrunc.os.FileCalls.O_WRONLY;
import static io.jrunc.os.FileCalls.RESOLVE_BENEATH;
import static io.jrunc.os.FileCalls.RESOLVE_NO_MAGICLINKS;
import static io.jrunc.os.FileCalls.RESOLVE_NO_XDEV;

import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The host's /proc, verified to be procfs. Names below it are resolved by the kernel without leaving that mount and without
 * magic links, so nothing mounted over a file of it is ever read or written in its place.
 */
public final class ProcHandle
{
    private static final long PROC_SUPER_MAGIC = 0x9fa0;
    private static final int RESOLVE = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

    private final Fd proc;

    private ProcHandle(Fd proc)
    {
        this.proc = proc;
    }

    private static final class Shared
    {
        private static final ProcHandle HOST = open("/proc");
    }

    /** The engine's own; kept open for its life. */
    public static ProcHandle host()
    {
        return Shared.HOST;
    }

    /** @throws HostException when this directory is no procfs */
    static ProcHandle open(String path)
    {
        Fd fd = FileCalls.open(path, O_PATH | O_DIRECTORY, 0);
        if (FileCalls.fileSystem(fd).type() != PROC_SUPER_MAGIC) {
            fd.close();
            throw new HostException(path + " is not a proc file system");
        }
        return new ProcHandle(fd);
    }

    /** @param limit most bytes that are read */
    public String read(String name, int limit)
    {
        try (Fd fd = FileCalls.openAt2(proc, name, O_RDONLY, 0, RESOLVE)) {
            return new String(FileCalls.read(fd, limit), StandardCharsets.UTF_8);
        }
    }

    /** The same in fewer calls, of a file as {@link FileCalls#readRecords} wants it: not of mountinfo. */
    public String readRecords(String name, int limit)
    {
        try (Fd fd = FileCalls.openAt2(proc, name, O_RDONLY, 0, RESOLVE)) {
            return new String(FileCalls.readRecords(fd, limit), StandardCharsets.UTF_8);
        }
    }

    /** Writes a value in one call. */
    public void write(String name, String value)
    {
        try (Fd fd = FileCalls.openAt2(proc, name, O_WRONLY, 0, RESOLVE)) {
            FileCalls.writeOnce(fd, "/proc/" + name, value);
        }
    }

    /** The text of a link, such as {@code net:[4026531840]} of {@code self/ns/net}. */
    public String readLink(String name)
    {
        return FileCalls.readLinkAt(proc, name);
    }

    /**
     * The texts of several links in one directory, such as {@code 12/ns}.
     *
     * @return one for each name; "" = there is none, or it may not be read
     */
    public List<String> readLinks(String directory, List<String> names)
    {
        List<String> texts = new ArrayList<>(names.size());
        try (Fd fd = FileCalls.openAt2(proc, directory, O_PATH | O_DIRECTORY, 0, RESOLVE)) {
            for (String name : names) {
                texts.add(textOf(fd, name));
            }
        }
        return texts;
    }

    private static String textOf(Fd directory, String name)
    {
        try {
            return FileCalls.readLinkAt(directory, name);
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ESRCH, EACCES, EPERM)) {
                return "";
            }
            throw e;
        }
    }

    /** What a link such as {@code 12/root} leads to. */
    public FileCalls.Stat follow(String name)
    {
        return FileCalls.statAt(proc, name);
    }

    /**
     * A process as its stat file shows it.
     *
     * @param state one letter; Z and X are dead
     * @param startTime clock ticks after boot: with the pid it names a process for ever
     */
    public record ProcessStat(int pid, char state, int parent, long startTime)
    {
        private static final int START_TIME = 19;

        public boolean dead()
        {
            return state == 'Z' || state == 'X' || state == 'x';
        }

        /** The command name stands in parentheses and may hold anything, so fields are counted after the last one. */
        static ProcessStat parse(String text)
        {
            int state = text.lastIndexOf(')') + 2;
            return new ProcessStat(Integer.parseInt(text, 0, text.indexOf(' '), 10), text.charAt(state), (int) field(text, state, 1), field(text, state, START_TIME));
        }

        /** The number in the n-th field behind the one that begins there. */
        private static long field(String text, int from, int n)
        {
            int start = from;
            for (int i = 0; i < n; i++) {
                int space = text.indexOf(' ', start);
                if (space < 0) {
                    throw new IllegalArgumentException("a process with " + i + " fields: " + text);
                }
                start = space + 1;
            }
            return Long.parseLong(text, start, text.indexOf(' ', start), 10);
        }
    }

    /** Empty = there is no such process. */
    public Optional<ProcessStat> process(int pid)
    {
        try {
            return Optional.of(ProcessStat.parse(readRecords(pid + "/stat", 4096)));
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ESRCH)) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
