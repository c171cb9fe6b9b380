package io.jrunc.cli;

import io.jrunc.lifecycle.ExecRequest;
import io.jrunc.error.UsageException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code jrunc exec [options] ID COMMAND [ARGUMENT...]}, or with {@code --process FILE ID}.
 */
final class ExecVerb implements Verb
{
    private static final Duration HOLD = Duration.ofSeconds(30);

    /**
     * @param command empty when {@code process} names the file that has it
     * @param noNewPrivileges empty = as the container's own process has it
     */
    record Options(String id, List<String> command, Optional<Path> process, Optional<Path> consoleSocket, Optional<Path> pidfdSocket,
            Optional<Path> pidFile, Optional<ExecRequest.Hold> hold, Optional<String> cwd, List<String> environment, boolean terminal, OptionalInt uid, OptionalInt gid,
            List<Integer> additionalGids, boolean detach, Optional<String> processLabel, Optional<String> appArmorProfile,
            Optional<Boolean> noNewPrivileges, List<String> capabilities, int preserveFds, List<String> cgroups, boolean ignorePaused)
    {
    }

    @Override
    public Words words()
    {
        return Words.command("exec", Verbs.summary("exec"))
                .synopsis("[command options] <container-id> <command> [arguments...]  || --process FILE <container-id>")
                .about("Runs a program in a container beside those that run there, with the environment, user", "and limits of the container's own process unless options say otherwise.")
                .text("--console-socket", "AF_UNIX socket that receives the master side of the process's terminal")
                .text("--pidfd-socket", "AF_UNIX socket that receives a pidfd of the process")
                .text("--cwd", "working directory inside the container")
                .list("--env, -e", "environment variable, name=value; may be repeated")
                .flag("--tty, -t", "give it a terminal")
                .text("--user, -u", "user and group by number: uid[:gid]")
                .list("--additional-gids, -g", "one more group by number; may be repeated")
                .text("--process, -p", "file with the whole process in JSON, as in config.json")
                .flag("--detach, -d", "leave once the program runs")
                .text("--pid-file", "file to write the process's id to")
                .text("--hold-socket", "AF_UNIX socket of a supervisor, who gets a pidfd and says start or abort before the program runs")
                .duration("--hold-timeout", "how long the supervisor may take (default: " + HOLD.toSeconds() + "s)")
                .text("--process-label", "SELinux label of the process")
                .text("--apparmor", "AppArmor profile of the process")
                .flag("--no-new-privs", "let no program gain privileges")
                .list("--cap, -c", "one more capability; may be repeated")
                .number("--preserve-fds", "how many more descriptors to pass on, after 0-2 and those of LISTEN_FDS")
                .list("--cgroup", "run in this cgroup below the container's, [controller[,controller]:]path; may be repeated")
                .flag("--ignore-paused", "also in a paused container, where it waits")
                .stopAtFirstArgument()
                .atLeast(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        Options options = options(call);
        return call.containers().exec(new ExecRequest(options.id(), options.command(), options.process().map(file -> InputFile.read(file, call)), options.detach(),
                options.consoleSocket(), options.pidfdSocket(), options.pidFile(), options.hold(), options.cwd(), options.environment(), options.terminal(), options.uid(), options.gid(),
                options.additionalGids(), options.processLabel(), options.appArmorProfile(), options.noNewPrivileges(), options.capabilities(),
                options.preserveFds(), options.cgroups(), options.ignorePaused(), !options.detach()));
    }

    static Options options(Call call)
    {
        Parsed parsed = call.parsed();
        List<String> command = call.arguments().subList(1, call.arguments().size());
        if (!command.isEmpty() && command.getFirst().equals("--")) {
            command = command.subList(1, command.size());
        }
        Optional<Path> process = CreateOptions.path(call, "--process");
        if (command.isEmpty() && process.isEmpty()) {
            throw new UsageException("exec args cannot be empty");
        }
        Optional<String[]> user = parsed.text("--user").map(text -> text.split(":", 2));
        OptionalInt uid = user.map(parts -> OptionalInt.of(idNumber(parts[0], "bad uid"))).orElse(OptionalInt.empty());
        OptionalInt gid = user.filter(parts -> parts.length == 2).map(parts -> OptionalInt.of(idNumber(parts[1], "bad gid"))).orElse(OptionalInt.empty());
        return new Options(call.id(), List.copyOf(command), process, CreateOptions.path(call, "--console-socket"),
                CreateOptions.path(call, "--pidfd-socket"), CreateOptions.path(call, "--pid-file"), hold(call), parsed.text("--cwd").filter(text -> !text.isEmpty()),
                parsed.list("--env"), parsed.flag("--tty"), uid, gid, groups(parsed), parsed.flag("--detach"),
                parsed.text("--process-label").filter(text -> !text.isEmpty()), parsed.text("--apparmor").filter(text -> !text.isEmpty()),
                parsed.flagIfGiven("--no-new-privs"), parsed.list("--cap"), CreateOptions.preserved(parsed), parsed.list("--cgroup"),
                parsed.flag("--ignore-paused"));
    }

    private static Optional<ExecRequest.Hold> hold(Call call)
    {
        Optional<Path> socket = CreateOptions.path(call, "--hold-socket");
        Optional<Duration> limit = call.parsed().duration("--hold-timeout");
        if (limit.isPresent() && socket.isEmpty()) {
            throw new UsageException("--hold-timeout is for --hold-socket");
        }
        if (limit.isPresent() && (limit.get().isNegative() || limit.get().isZero())) {
            throw new UsageException("--hold-timeout must be more than nothing");
        }
        return socket.map(path -> new ExecRequest.Hold(path, limit.orElse(HOLD)));
    }

    private static List<Integer> groups(Parsed parsed)
    {
        return parsed.list("--additional-gids").stream().map(text -> idNumber(text, "bad additional gid")).toList();
    }

    private static int idNumber(String text, String complaint)
    {
        try {
            int value = Integer.parseInt(text);
            if (value >= 0) {
                return value;
            }
        }
        catch (NumberFormatException e) {
            // Told below, with the words that were given.
        }
        throw new UsageException(complaint + " " + GoValues.quote(text) + ": it is a number from 0 up");
    }

    @Override
    public String failurePrefix()
    {
        return "exec failed: ";
    }

    /** Apart from the program's own codes. */
    @Override
    public int failureCode()
    {
        return 255;
    }
}
