package io.jrunc.spec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The program to run and as whom: {@code process} of config.json, or a whole process.json. Source: OCI config.md#process.
 *
 * @param args never empty
 * @param env NAME=VALUE each, as written; see {@link #distinctEnv()}
 * @param cwd absolute, inside the container
 * @param capabilities empty = the section is absent, which differs from five empty sets
 * @param oomScoreAdj -1000 to 1000; empty = leave it alone
 */
public record ContainerProcess(boolean terminal, Optional<ConsoleSize> consoleSize, User user, List<String> args, List<String> env,
        String cwd, Optional<Capabilities> capabilities, List<Rlimit> rlimits, boolean noNewPrivileges,
        Optional<String> apparmorProfile, Optional<String> selinuxLabel, OptionalInt oomScoreAdj, Optional<Scheduler> scheduler,
        Optional<IoPriority> ioPriority, Optional<CpuAffinity> execCpuAffinity)
{
    public ContainerProcess
    {
        args = List.copyOf(args);
        env = List.copyOf(env);
        rlimits = List.copyOf(rlimits);
        Problems problems = new Problems()
                .unless(!cwd.isEmpty(), "cwd", "Cwd property must not be empty")
                .unless(cwd.isEmpty() || cwd.startsWith("/"), "cwd", "Cwd must be an absolute path")
                .unless(!args.isEmpty(), "args", "args must not be empty");
        for (int i = 0; i < env.size(); i++) {
            checkEnv(problems, "env[" + i + "]", env.get(i));
        }
        for (int i = 0; i < rlimits.size(); i++) {
            RlimitType type = rlimits.get(i).type();
            problems.unless(rlimits.subList(0, i).stream().noneMatch(r -> r.type() == type), "rlimits[" + i + "].type",
                    "duplicated rlimit " + type.word());
        }
        int score = oomScoreAdj.orElse(0);
        problems.unless(score >= -1000 && score <= 1000, "oomScoreAdj", "must be between -1000 and 1000, is " + score);
        problems.throwIfAny();
    }

    /** Never shows a value: it may be a secret. */
    private static void checkEnv(Problems problems, String path, String entry)
    {
        int equals = entry.indexOf('=');
        problems.unless(equals >= 0, path, "invalid environment variable: missing '='")
                .unless(equals != 0, path, "invalid environment variable: name cannot be empty")
                .unless(entry.indexOf('\0') < 0, path, "invalid environment variable: contains nul byte (\\x00)");
    }

    /** The environment with each name once: the last entry of a name stays, at its own place. {@code A=1 B=2 A=3 → B=2 A=3} */
    public List<String> distinctEnv()
    {
        Map<String, String> last = new LinkedHashMap<>();
        for (String entry : env) {
            String name = entry.substring(0, entry.indexOf('='));
            last.remove(name);
            last.put(name, entry);
        }
        return List.copyOf(last.values());
    }

    /** The value of an environment variable; the last entry wins. */
    public Optional<String> env(String name)
    {
        return env.reversed().stream().filter(e -> e.startsWith(name + "=")).findFirst().map(e -> e.substring(name.length() + 1));
    }
}
