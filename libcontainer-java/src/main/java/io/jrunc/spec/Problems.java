package io.jrunc.spec;

import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;

import java.util.ArrayList;
import java.util.List;

/** Collects every fault found, so that the author of a bundle sees them all at once. */
final class Problems
{
    /** Of ten thousand faults nobody reads the last. */
    private static final int MOST = 100;

    private final List<SpecProblem> found = new ArrayList<>();
    private int count;

    void add(String path, String message)
    {
        count++;
        if (found.size() < MOST) {
            found.add(new SpecProblem(path, message));
        }
    }

    Problems unless(boolean fine, String path, String message)
    {
        if (!fine) {
            add(path, message);
        }
        return this;
    }

    /** Runs a check that throws; what it found lands below {@code path}. */
    void attempt(String path, Runnable check)
    {
        try {
            check.run();
        }
        catch (SpecException e) {
            e.problems().forEach(p -> add(below(path, p.path()), p.message()));
        }
    }

    int count()
    {
        return count;
    }

    List<SpecProblem> list()
    {
        return List.copyOf(found);
    }

    /** @throws SpecException if anything was found */
    void throwIfAny()
    {
        if (count > found.size()) {
            found.add(new SpecProblem("", "and " + (count - found.size()) + " more faults"));
            count = found.size();
        }
        if (!found.isEmpty()) {
            throw new SpecException(found);
        }
    }

    /** The path of a member: {@code ("linux", "sysctl")} → {@code linux.sysctl}; odd keys are quoted: {@code linux.sysctl["net.ipv4.ip_forward"]}. */
    static String join(String parent, String name)
    {
        if (name.isEmpty()) {
            return parent + "[\"\"]";
        }
        if (!isPlain(name)) {
            return parent + "[\"" + printable(name) + "\"]";
        }
        return parent.isEmpty() ? name : parent + "." + name;
    }

    /** The path of something whose own path {@code inner} counts from {@code parent}. */
    static String below(String parent, String inner)
    {
        if (parent.isEmpty() || inner.isEmpty()) {
            return parent + inner;
        }
        return inner.startsWith("[") ? parent + inner : parent + "." + inner;
    }

    /** Quotes a text from config.json for a message: one line, no control characters, not endless. */
    static String quote(String text)
    {
        return "\"" + printable(text) + "\"";
    }

    /** A text from config.json made fit for one line of a message. */
    static String printable(String text)
    {
        StringBuilder out = new StringBuilder();
        int end = Math.min(text.length(), 200);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            }
            else if (c == '\n') {
                out.append("\\n");
            }
            else if (Character.isISOControl(c) || Character.isSurrogate(c) && !isPaired(text, i)) {
                out.append(String.format("\\u%04x", (int) c));
            }
            else {
                out.append(c);
            }
        }
        return end < text.length() ? out.append('…').toString() : out.toString();
    }

    /** True if the surrogate at {@code i} is one half of a complete pair. */
    static boolean isPaired(String text, int i)
    {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
        }
        return i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    private static boolean isPlain(String name)
    {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-';
            if (!plain) {
                return false;
            }
        }
        return true;
    }
}
