package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.PayloadReader;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.host.Executables;
import io.jrunc.host.IdMaps;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.spec.IdMapping;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Says whom the ids of a new user namespace stand for: by writing the maps, and where the kernel does not let an ordinary user do that,
 * through the programs that know what /etc/subuid and /etc/subgid grant him. The launcher runs them, as the caller.
 */
record IdMapWriter(Channel channel, Caller caller)
{
    private static final String UID_TOOL = "newuidmap";
    private static final String GID_TOOL = "newgidmap";
    private static final int MOST_OUTPUT = 4096;
    private static final int SIGKILL = 9;

    /** @throws HostException when these ids are not the caller's to give */
    void write(int pid, List<IdMapping> uids, List<IdMapping> gids)
    {
        HostSide.attempt("linux.uidMappings", "write the id maps", () -> {
            // Only an own single group can be mapped without help, and only by who gives up setgroups(2) for it.
            if (caller.euid() != 0 && gids.size() == 1 && gids.getFirst().size() == 1 && gids.getFirst().hostId() == caller.egid()) {
                IdMaps.denySetgroups(pid);
            }
            write(pid, uids, "uid_map", UID_TOOL);
            write(pid, gids, "gid_map", GID_TOOL);
        });
    }

    private void write(int pid, List<IdMapping> maps, String file, String tool)
    {
        try {
            IdMaps.write(pid, file, IdMapping.lines(maps));
        }
        catch (ErrnoException e) {
            if (!e.is(Errno.EPERM) || caller.euid() == 0) {
                throw e;
            }
            run(pid, maps, tool);
        }
    }

    private void run(int pid, List<IdMapping> maps, String tool)
    {
        String path = Executables.find(tool, caller.environment().getOrDefault("PATH", "")).map(Object::toString)
                .orElseThrow(() -> new HostException("mapping tool not present: " + tool,
                        Diagnosis.NONE.withFix("install it (package uidmap or shadow-utils), or map no ids but your own"), null));
        List<String> words = new ArrayList<>(List.of(tool, Integer.toString(pid)));
        maps.forEach(map -> words.addAll(List.of(map.line().split(" "))));
        PayloadReader results = channel.call(Party.LAUNCHER,
                List.of(new LauncherStep.Spawn(path, words, false, List.of(), new byte[0], Deadlines.STEP.toMillis(), MOST_OUTPUT, SIGKILL)), List.of(),
                Deadline.after(Deadlines.STEP.multipliedBy(2))).results(0).orElseThrow();
        int status = (int) results.i();
        boolean late = results.i() != 0;
        String said = (new String(results.b(), StandardCharsets.UTF_8) + new String(results.b(), StandardCharsets.UTF_8)).strip();
        if (status != 0 || late) {
            throw new HostException("linux.uidMappings: " + tool + " failed: " + (late ? "it took too long" : said),
                    Diagnosis.NONE.withFix("look at what /etc/subuid and /etc/subgid grant the user"), null);
        }
    }
}
