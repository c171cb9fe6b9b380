package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Deadline;
import io.jrunc.channel.Hello;
import io.jrunc.channel.Rehearsal;
import io.jrunc.channel.SlotFd;
import io.jrunc.host.HostFacts;
import io.jrunc.os.Fd;
import io.jrunc.plan.LauncherStep;
import io.jrunc.plan.Party;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The process that a caller started, seen from the engine: its words and surroundings, its output, its exit code.
 *
 * <p><b>Errors</b>: {@link io.jrunc.channel.ChannelClosedException} from every method once it has gone.
 */
public final class Launcher implements AutoCloseable
{
    /** A launcher says hello before anything else; who does not is no launcher. */
    static final Duration HELLO = Duration.ofSeconds(5);

    /** Bytes of output in one frame. */
    private static final int PIECE = 32 * 1024;

    private final Channel channel;
    /** Once somebody has asked. */
    private Optional<Map<String, String>> environment = Optional.empty();
    private Optional<Provisions> provisions = Optional.empty();

    private Launcher(Channel channel)
    {
        this.channel = channel;
    }

    /** Of two with one name the first counts, as for getenv(3). */
    private static Map<String, String> variables(List<String> entries)
    {
        Map<String, String> variables = new HashMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals > 0) {
                variables.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return Map.copyOf(variables);
    }

    /** The launcher at the other end of a socket that was inherited. */
    public static Launcher inherited(int number)
    {
        return over(Fd.adopt(number));
    }

    static Launcher over(Fd socket)
    {
        return new Launcher(Channel.over(socket, HELLO));
    }

    /** A launcher that only pretends, for the training run. */
    public static Launcher rehearsal(List<String> argv, String cwd)
    {
        int pid = (int) ProcessHandle.current().pid();
        int euid = HostFacts.here().euid();
        return new Launcher(Rehearsal.open(new Hello("", argv, List.of("PATH=/usr/bin:/bin", "TERM=xterm"), cwd, 022, euid, euid, euid, euid, pid, 0, 0, 0, 7, 0, 0)));
    }

    public List<String> argv()
    {
        return channel.hello().argv();
    }

    public String cwd()
    {
        return channel.hello().cwd();
    }

    /** Bit n: the caller's descriptor n, 0 to 2, is a terminal. */
    public int terminals()
    {
        return channel.hello().terminals();
    }

    /**
     * @param cgroupRootless the caller's word on errors of cgroup permissions; empty = decide by who the caller is
     */
    public Caller caller(Optional<Boolean> cgroupRootless)
    {
        Hello hello = channel.hello();
        Map<String, String> variables = environment.orElseGet(() -> variables(hello.environment()));
        environment = Optional.of(variables);
        return new Caller(variables, hello.umask(), hello.euid(), hello.egid(), hello.pid(), hello.rows(), hello.columns(), hello.listenFds(), cgroupRootless);
    }

    /** Writes to the caller's descriptor 1 or 2; done when it returns. Waits as long as a reader makes it wait. */
    public void write(int fd, byte[] bytes)
    {
        for (int from = 0; from < bytes.length; from += PIECE) {
            byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + PIECE));
            channel.call(Party.LAUNCHER, List.of(new LauncherStep.Write(fd, piece)), List.of(), Deadline.never());
        }
    }

    /** The last word: it ends with this code. */
    public void exit(int code)
    {
        channel.post(Party.LAUNCHER, List.of(new LauncherStep.Exit(code)), List.of());
        channel.drain(Deadlines.STEP);
    }

    /** It has gone, and whoever waits for something on its behalf need not wait any longer. */
    public boolean lost()
    {
        return channel.lost();
    }

    /** The first word of an engine that stays. */
    void accept(Provisions from, List<LauncherStep> steps, List<SlotFd> descriptors)
    {
        provisions = Optional.of(from);
        channel.accept(steps, descriptors);
    }

    /** Where the first word came with what it will need, and the next one's will. */
    Optional<Provisions> provisions()
    {
        return provisions;
    }

    Channel channel()
    {
        return channel;
    }

    @Override
    public void close()
    {
        channel.close();
    }
}
