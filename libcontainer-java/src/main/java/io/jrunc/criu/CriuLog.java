package io.jrunc.criu;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** A log that criu wrote, read for what went wrong. */
public final class CriuLog
{
    private static final String MARK = "Error";
    /** It goes on with the limit that it has. */
    private static final String HARMLESS = "Can't setup RLIMIT_NOFILE for self";
    private static final int BEFORE = 5;
    /** Lines; the end of a log that has more errors than that says nothing new. */
    private static final int MOST = 200;
    /** Bytes: of a longer one the beginning. */
    private static final long LARGEST = 256 << 20;

    private record Line(int number, String text)
    {
        @Override
        public String toString()
        {
            return number + ":" + text;
        }
    }

    /** The file's bytes in lines, the longest cut, and no more than a log can have. */
    private static final class Lines extends InputStream
    {
        private static final int LONGEST = 65536;

        private final Fd fd;
        private long left = LARGEST;
        private int sinceNewline;

        private Lines(Fd fd)
        {
            this.fd = fd;
        }

        @Override
        public int read(byte[] to, int offset, int length)
        {
            byte[] some = FileCalls.readSome(fd, (int) Math.min(length, left));
            if (some.length == 0) {
                return -1;
            }
            left -= some.length;
            for (int i = 0; i < some.length; i++) {
                sinceNewline = some[i] == '\n' ? 0 : sinceNewline + 1;
                if (sinceNewline > LONGEST) {
                    some[i] = '\n';
                    sinceNewline = 0;
                }
            }
            System.arraycopy(some, 0, to, offset, some.length);
            return some.length;
        }

        @Override
        public int read()
        {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }
    }

    private CriuLog() {}

    /**
     * The lines with errors, each with the lines before it, as {@code grep -n -B5 Error} shows them, in a frame that names the file.
     * Empty = no error in it, or no log.
     */
    public static List<String> errors(Path log)
    {
        List<String> found = new ArrayList<>();
        Deque<Line> last = new ArrayDeque<>();
        int shown = 0;
        int number = 0;
        try (Fd fd = FileCalls.open(log.toString(), FileCalls.O_RDONLY | FileCalls.O_NONBLOCK | FileCalls.O_NOCTTY, 0)) {
            // criu makes an ordinary file; for whatever else lies there by its name nobody waits.
            if (!FileCalls.stat(fd).isRegular()) {
                return List.of();
            }
            BufferedReader in = new BufferedReader(new InputStreamReader(new Lines(fd), StandardCharsets.ISO_8859_1));
            for (String text = in.readLine(); text != null && found.size() < MOST; text = in.readLine()) {
                last.add(new Line(++number, printable(text)));
                if (last.size() > BEFORE + 1) {
                    last.remove();
                }
                if (!text.contains(MARK)) {
                    continue;
                }
                if (shown == 0) {
                    found.add("--- Quoting \"" + log + "\"");
                }
                else if (last.getFirst().number() > shown + 1) {
                    found.add("...");
                }
                for (Line line : last) {
                    if (line.number() > shown) {
                        found.add(line.toString());
                    }
                }
                shown = number;
            }
        }
        catch (IOException | ErrnoException e) {
            return List.of();
        }
        if (!found.isEmpty()) {
            found.add("---");
        }
        return found;
    }

    /** Names of the container's files are in it: they shall not command the terminal of who reads them. */
    private static String printable(String text)
    {
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            if (Character.isISOControl(out.charAt(i)) && out.charAt(i) != '\t') {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }

    /** What it says of the first error, which the others follow from: without its time. */
    public static Optional<String> firstError(List<String> errors)
    {
        return errors.stream().filter(line -> line.contains(MARK) && !line.startsWith("---") && !line.contains(HARMLESS))
                .map(line -> line.substring(line.indexOf(MARK)).strip()).findFirst();
    }
}
