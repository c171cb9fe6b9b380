package io.jrunc.criu;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

    private record Line(int number, String text)
    {
        @Override
        public String toString()
        {
            return number + ":" + text;
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
        try (BufferedReader in = new BufferedReader(new java.io.InputStreamReader(Files.newInputStream(log), StandardCharsets.ISO_8859_1))) {
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
        catch (IOException e) {
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
