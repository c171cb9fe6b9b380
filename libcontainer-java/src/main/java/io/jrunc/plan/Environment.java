package io.jrunc.plan;

import io.jrunc.spec.ContainerProcess;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The environment of the program, before and after HOME is known.
 *
 * @param entries {@code NAME=VALUE}, each name once: the last one of the bundle, at its place
 * @param homeOf the user whose home completes it; empty = the bundle gives a HOME
 */
public record Environment(List<String> entries, Optional<Long> homeOf)
{
    private static final String HOME = "HOME";
    private static final int PASSWD_UID = 2;
    private static final int PASSWD_HOME = 5;

    public Environment
    {
        entries = List.copyOf(entries);
    }

    /** @param own the runtime's entries for it; they replace those of the bundle. An empty HOME counts as none. */
    static Environment of(ContainerProcess process, Map<String, String> own)
    {
        List<String> entries = new ArrayList<>();
        for (String entry : process.distinctEnv()) {
            if (!own.containsKey(name(entry)) && !entry.equals(HOME + "=")) {
                entries.add(entry);
            }
        }
        new TreeMap<>(own).forEach((name, value) -> entries.add(name + "=" + value));
        boolean hasHome = entries.stream().anyMatch(entry -> name(entry).equals(HOME));
        return new Environment(entries, hasHome ? Optional.empty() : Optional.of(process.user().uid()));
    }

    /** The value of a variable; empty = unset. */
    public Optional<String> value(String name)
    {
        return entries.stream().filter(entry -> name(entry).equals(name)).map(entry -> entry.substring(name.length() + 1)).findFirst();
    }

    /**
     * The final entries.
     *
     * @param passwd the container's /etc/passwd, maybe empty, maybe cut off; lines that are not understood are skipped
     * @return with HOME at the end if the bundle gave none: the first line of that user, {@code /} if there is none
     */
    public List<String> complete(byte[] passwd)
    {
        if (homeOf.isEmpty()) {
            return entries;
        }
        List<String> complete = new ArrayList<>(entries);
        complete.add(HOME + "=" + home(new String(passwd, StandardCharsets.UTF_8), homeOf.get().toString()));
        return List.copyOf(complete);
    }

    private static String home(String passwd, String uid)
    {
        return passwd.lines()
                .map(line -> line.strip().split(":", -1))
                .filter(fields -> fields.length > PASSWD_HOME && fields[PASSWD_UID].equals(uid) && !fields[PASSWD_HOME].isEmpty())
                .map(fields -> fields[PASSWD_HOME])
                .findFirst()
                .orElse("/");
    }

    private static String name(String entry)
    {
        return entry.substring(0, entry.indexOf('='));
    }
}
