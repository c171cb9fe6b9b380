package io.jrunc.lifecycle;

import io.jrunc.channel.Deadline;
import io.jrunc.channel.PayloadReader;
import io.jrunc.error.HostException;
import io.jrunc.host.Executables;
import io.jrunc.host.HostProcess;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;
import io.jrunc.state.ContainerId;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code ps}: the processes of a container as the host sees them. */
final class ContainerProcesses
{
    private static final int MOST_OUTPUT = 1 << 20;
    private static final int SIGKILL = 9;

    private ContainerProcesses() {}

    static List<Integer> pids(Session session, ContainerId id)
    {
        try (ExistingContainer container = ExistingContainer.open(session.store(), id)) {
            if (container.hasCgroup()) {
                return container.cgroup().exists() ? container.cgroup().pids(true) : List.of();
            }
            Optional<HostProcess> init = container.init();
            init.ifPresent(HostProcess::close);
            return init.map(process -> List.of(process.pid())).orElse(List.of());
        }
    }

    /** The header of ps and the lines whose PID is the container's. */
    static String table(Session session, ContainerId id, List<String> options)
    {
        List<Integer> pids = pids(session, id);
        List<String> lines = ps(session, options).lines().toList();
        String header = lines.isEmpty() ? "" : lines.getFirst();
        int column = Arrays.asList(header.strip().split("\\s+")).indexOf("PID");
        if (column < 0) {
            throw new HostException("couldn't find PID field in ps output");
        }
        List<String> shown = new ArrayList<>(List.of(header));
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.strip().split("\\s+");
            if (fields.length > column && fields[column].chars().allMatch(Character::isDigit) && pids.contains(Integer.parseInt(fields[column]))) {
                shown.add(line);
            }
        }
        return String.join("\n", shown) + "\n";
    }

    private static String ps(Session session, List<String> options)
    {
        String path = Executables.find("ps", session.caller().environment().getOrDefault("PATH", "")).map(file -> file.toString())
                .orElseThrow(() -> new HostException("exec: \"ps\": executable file not found in $PATH"));
        List<String> words = new ArrayList<>(List.of("ps"));
        words.addAll(options);
        PayloadReader results = session.channel().call(Party.LAUNCHER,
                List.of(new LauncherStep.Spawn(path, words, true, List.of(), new byte[0], Deadlines.STEP.toMillis(), MOST_OUTPUT, SIGKILL)), List.of(),
                Deadline.after(Deadlines.STEP.multipliedBy(2))).results(0).orElseThrow();
        int status = (int) results.i();
        boolean late = results.i() != 0;
        String out = new String(results.b(), StandardCharsets.UTF_8);
        String err = new String(results.b(), StandardCharsets.UTF_8);
        if (status != 0 || late) {
            throw new HostException((late ? "ps took too long" : "exit status " + (status >> 8)) + ": " + (out + err).strip());
        }
        return out;
    }
}
