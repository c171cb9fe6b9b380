package io.jrunc.lifecycle;

import io.jrunc.channel.Deadline;
import io.jrunc.channel.PayloadReader;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.HostException;
import io.jrunc.host.Executables;
import io.jrunc.host.HostProcess;
import io.jrunc.host.IdMaps;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.spec.IdMapping;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the id maps of a new user namespace: root by itself, a user by itself where only its own ids are mapped, else by the
 * setuid tools that know which ids of the host are its.
 */
final class MapWriter
{
    private static final int MOST_OUTPUT = 4096;
    private static final int SIGKILL = 9;

    private MapWriter() {}

    static void write(Session session, HostProcess process, List<IdMapping> uids, List<IdMapping> gids)
    {
        Caller caller = session.caller();
        if (caller.euid() == 0) {
            direct(process, uids, gids, false);
        }
        else if (onlyOwn(uids, caller.euid()) && onlyOwn(gids, caller.egid())) {
            // The kernel lets an unprivileged writer map his group only when nobody inside can drop groups any more.
            direct(process, uids, gids, true);
        }
        else {
            tool(session, "newuidmap", process, uids, "linux.uidMappings");
            tool(session, "newgidmap", process, gids, "linux.gidMappings");
        }
    }

    private static void direct(HostProcess process, List<IdMapping> uids, List<IdMapping> gids, boolean denySetgroups)
    {
        HostSide.attempt("linux.uidMappings", "write the id maps",
                () -> IdMaps.write(process.pid(), IdMapping.lines(uids), IdMapping.lines(gids), denySetgroups));
    }

    private static boolean onlyOwn(List<IdMapping> mappings, int own)
    {
        return mappings.size() == 1 && mappings.getFirst().hostId() == own && mappings.getFirst().size() == 1;
    }

    /** Runs a mapping tool where the caller stands, with an empty environment: it has privileges that the caller has not. */
    private static void tool(Session session, String name, HostProcess process, List<IdMapping> mappings, String place)
    {
        String path = Executables.find(name, session.caller().environment().getOrDefault("PATH", "")).map(file -> file.toString())
                .orElseThrow(() -> new HostException(place + ": mapping tool not present: " + name,
                        Diagnosis.NONE.withFix("install the package uidmap, or map only your own user and group"), null));
        List<String> words = new ArrayList<>(List.of(name, Integer.toString(process.pid())));
        for (IdMapping mapping : mappings) {
            words.addAll(List.of(Long.toString(mapping.containerId()), Long.toString(mapping.hostId()), Long.toString(mapping.size())));
        }
        PayloadReader results = session.channel().call(Party.LAUNCHER,
                List.of(new LauncherStep.Spawn(path, words, false, List.of(), new byte[0], Deadlines.STEP.toMillis(), MOST_OUTPUT, SIGKILL)), List.of(),
                Deadline.after(Deadlines.STEP.multipliedBy(2))).results(0).orElseThrow();
        int status = (int) results.i();
        boolean late = results.i() != 0;
        results.b();
        String said = new String(results.b(), StandardCharsets.UTF_8).strip();
        if (status != 0 || late) {
            throw new HostException(place + ": " + name + " failed" + (late ? ": it took too long" : "") + (said.isEmpty() ? "" : ": " + said),
                    Diagnosis.NONE.withFix("check the ranges of this user in /etc/subuid and /etc/subgid"), null);
        }
    }
}
