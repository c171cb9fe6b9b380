package io.jrunc.cli;

import io.jrunc.error.UsageException;
import io.jrunc.lifecycle.ExecRequest;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class OptionParsingTest
{
    @ParameterizedTest
    @ValueSource(strings = {"--bundle /b", "--bundle=/b", "-bundle /b", "-bundle=/b", "-b /b", "-b=/b", "--b /b", "--bundle /a --bundle /b"})
    void anOptionMayBeSpelledInEveryWayThatGoAccepts(String words) throws IncorrectUsage
    {
        Parsed parsed = Parsed.parse(new CreateVerb().words(), List.of((words + " web").split(" ")));
        assertThat(parsed.text("--bundle")).contains("/b");
        assertThat(parsed.arguments()).containsExactly("web");
    }

    @Test
    void optionsMayFollowTheId() throws IncorrectUsage
    {
        Parsed parsed = Parsed.parse(new DeleteVerb().words(), List.of("web", "--force"));
        assertThat(parsed.flag("--force")).isTrue();
        assertThat(parsed.arguments()).containsExactly("web");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--detach", "-d", "-detach", "--detach=true", "-d=1", "--detach=T"})
    void aFlagMayBeGivenAValue(String word) throws IncorrectUsage
    {
        assertThat(Parsed.parse(new RunVerb().words(), List.of(word, "web")).flag("--detach")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--detach=false", "-d=0", "--detach=F"})
    void aFlagMayBeGivenAsFalse(String word) throws IncorrectUsage
    {
        Parsed parsed = Parsed.parse(new RunVerb().words(), List.of(word, "web"));
        assertThat(parsed.flag("--detach")).isFalse();
        assertThat(parsed.flagIfGiven("--detach")).contains(false);
        assertThat(parsed.arguments()).containsExactly("web");
    }

    /** Every option of every grammar, in lines made by chance: what is read plainly is what picocli makes of it, mistakes included. */
    @ParameterizedTest
    @ValueSource(strings = {"create", "run", "exec", "delete", "kill", "update", "state", "events", "jrunc"})
    void plainLinesMeanWhatPicocliMakesOfThem(String name) throws IncorrectUsage
    {
        Random chance = new Random(name.hashCode());
        Words words = name.equals(HelpText.PROGRAM) ? Globals.words() : Verbs.named(name).orElseThrow().words();
        List<String> names = List.copyOf(words.spec().optionsMap().keySet());
        List<String> others = List.of("web", "", "-", "--", "-1", "7", "a=b", "sh -c", "--detach=false", "'quoted'", "@file", "${x}", "5s", "-x");
        int read = 0;
        for (int i = 0; i < 1000; i++) {
            List<String> line = new ArrayList<>();
            for (int count = chance.nextInt(6); count > 0; count--) {
                List<String> from = chance.nextInt(3) == 0 || names.isEmpty() ? others : names;
                line.add(from.get(chance.nextInt(from.size())));
                if (from == names && chance.nextBoolean()) {
                    line.add(others.get(chance.nextInt(others.size())));
                }
            }
            Object plainly = read(() -> Parsed.parse(words, line), words);
            Object thoroughly = read(() -> Parsed.thoroughly(words, line), words);
            assertThat(plainly).as(line.toString()).isEqualTo(thoroughly);
            read += plainly instanceof String ? 0 : 1;
        }
        assertThat(read).as("lines without a mistake").isGreaterThan(100);
    }

    private interface Reading
    {
        Parsed read() throws IncorrectUsage;
    }

    /** All that a verb can ask, or the message. */
    private static Object read(Reading reading, Words words)
    {
        try {
            Parsed parsed = reading.read();
            Map<String, Object> all = new TreeMap<>();
            words.spec().optionsMap().forEach((name, option) -> all.put(name, option.type() == Boolean.class ? parsed.flagIfGiven(name)
                    : option.type() == String.class ? parsed.text(name)
                    : option.type() == List.class ? parsed.list(name)
                    : option.type() == Long.class ? parsed.number(name) : parsed.duration(name)));
            all.put("arguments", parsed.arguments());
            return all;
        }
        catch (IncorrectUsage e) {
            return e.getMessage();
        }
    }

    @Test
    void theWordAfterAFlagIsNotItsValue() throws IncorrectUsage
    {
        assertThat(Parsed.parse(new RunVerb().words(), List.of("-d", "false")).arguments()).containsExactly("false");
    }

    @Test
    void aValueMayLookLikeAnOptionOrAFileOfArguments() throws IncorrectUsage
    {
        Parsed update = Parsed.parse(new UpdateVerb().words(), List.of("--memory-swap", "-1", "--cpuset-cpus", "--memory", "web"));
        assertThat(update.text("--memory-swap")).contains("-1");
        assertThat(update.text("--cpuset-cpus")).contains("--memory");
        assertThat(Parsed.parse(new StateVerb().words(), List.of("@/etc/passwd")).arguments()).containsExactly("@/etc/passwd");
    }

    @Test
    void nothingInAValueIsSplitTrimmedOrReplaced() throws IncorrectUsage
    {
        Parsed parsed = Parsed.parse(new ExecVerb().words(),
                List.of("-e", "A=1,2", "-e", "B=\"x y\"", "--cgroup", "cpu,cpuacct:/x", "-e", "C=${env:HOME}", "-e", "D=", "web", "sh"));
        assertThat(parsed.list("--env")).containsExactly("A=1,2", "B=\"x y\"", "C=${env:HOME}", "D=");
        assertThat(parsed.list("--cgroup")).containsExactly("cpu,cpuacct:/x");
    }

    @Test
    void anEmptyValueIsAValue() throws IncorrectUsage
    {
        assertThat(Parsed.parse(Globals.words(), List.of("--root=", "list")).text("--root")).contains("");
        assertThat(Parsed.parse(Globals.words(), List.of("--log", "", "list")).text("--log")).contains("");
        assertThat(Parsed.parse(new StateVerb().words(), List.of("")).arguments()).containsExactly("");
    }

    @Test
    void execKillAndPsLeaveEverythingAfterTheIdAlone() throws IncorrectUsage
    {
        assertThat(Parsed.parse(new ExecVerb().words(), List.of("-t", "web", "sh", "-c", "a --tty=x", "--", "-e")).arguments())
                .containsExactly("web", "sh", "-c", "a --tty=x", "--", "-e");
        assertThat(Parsed.parse(new PsVerb().words(), List.of("web", "-aux", "--format", "x")).arguments()).containsExactly("web", "-aux", "--format", "x");
        assertThat(Parsed.parse(new KillVerb().words(), List.of("-a", "web", "-9")).arguments()).containsExactly("web", "-9");
    }

    @Test
    void twoDashesEndTheOptions() throws IncorrectUsage
    {
        assertThat(Parsed.parse(new DeleteVerb().words(), List.of("--", "--force")).arguments()).containsExactly("--force");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--foo", "-foo", "--foo=1", "-foo=bar"})
    void anUnknownOptionIsNamed(String word)
    {
        assertThatThrownBy(() -> Parsed.parse(new StateVerb().words(), List.of(word, "web")))
                .isInstanceOf(IncorrectUsage.class).hasMessage("flag provided but not defined: -foo");
    }

    @Test
    void shortOptionsAreNotBundled()
    {
        assertThatThrownBy(() -> Parsed.parse(new ListVerb().words(), List.of("-qf", "json"))).hasMessage("flag provided but not defined: -qf");
        assertThatThrownBy(() -> Parsed.parse(new ListVerb().words(), List.of("-fjson"))).hasMessage("flag provided but not defined: -fjson");
    }

    @Test
    void namesMayNotBeShortened()
    {
        assertThatThrownBy(() -> Parsed.parse(new ListVerb().words(), List.of("--qui"))).hasMessage("flag provided but not defined: -qui");
    }

    @Test
    void malformedValuesAreNamed()
    {
        assertThatThrownBy(() -> Parsed.parse(new CreateVerb().words(), List.of("--preserve-fds", "x", "web"))).hasMessage("invalid value \"x\" for flag -preserve-fds: parse error");
        assertThatThrownBy(() -> Parsed.parse(new EventsVerb().words(), List.of("--interval=xx", "web"))).hasMessage("invalid value \"xx\" for flag -interval: parse error");
        assertThatThrownBy(() -> Parsed.parse(Globals.words(), List.of("--debug=xyz", "list"))).hasMessage("invalid boolean value \"xyz\" for -debug: parse error");
        assertThatThrownBy(() -> Parsed.parse(Globals.words(), List.of("--log"))).hasMessage("flag needs an argument: -log");
        assertThatThrownBy(() -> Parsed.parse(new CreateVerb().words(), List.of("web", "-b"))).hasMessage("flag needs an argument: -bundle");
    }

    @Test
    void valuesAreReadAsGoReadsThem()
    {
        assertThat(GoValues.integer("0x1f")).isEqualTo(31);
        assertThat(GoValues.integer("017")).isEqualTo(15);
        assertThat(GoValues.integer("-1")).isEqualTo(-1);
        assertThat(GoValues.integer("0")).isZero();
        assertThat(GoValues.duration("1m30s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(GoValues.duration("100ms")).isEqualTo(Duration.ofMillis(100));
        assertThat(GoValues.duration("1.5h")).isEqualTo(Duration.ofMinutes(90));
        assertThat(GoValues.duration("-5s")).isEqualTo(Duration.ofSeconds(-5));
        assertThat(GoValues.bytes("64m")).isEqualTo(64L << 20);
        assertThat(GoValues.bytes("32MiB")).isEqualTo(32L << 20);
        assertThat(GoValues.bytes("1.5g")).isEqualTo(3L << 29);
        assertThat(GoValues.bytes("4096")).isEqualTo(4096);
        for (String wrong : new String[] {"", "m", "12x", "--1"}) {
            assertThatThrownBy(() -> GoValues.bytes(wrong)).isInstanceOf(NumberFormatException.class);
        }
        for (String wrong : new String[] {"", "5", "s", "1.2.3s", "5 s"}) {
            assertThatThrownBy(() -> GoValues.duration(wrong)).isInstanceOf(NumberFormatException.class);
        }
    }

    @Test
    void signalsGoByNameOrNumber()
    {
        assertThat(Signals.number("KILL")).hasValue(9);
        assertThat(Signals.number("sigterm")).hasValue(15);
        assertThat(Signals.number("SIGUSR1")).hasValue(10);
        assertThat(Signals.number("0")).hasValue(0);
        assertThat(Signals.number("64")).hasValue(64);
        for (String wrong : new String[] {"65", "", "SIG", "FOO", "-9", "99999999999"}) {
            assertThat(Signals.number(wrong)).as(wrong).isEmpty();
        }
    }

    @Test
    void theOptionsOfExecBecomeOneValue() throws IncorrectUsage
    {
        FakeCaller caller = new FakeCaller(java.nio.file.Path.of("/home"));
        Invocation said = caller.invocation();
        Parsed parsed = Parsed.parse(new ExecVerb().words(), List.of("--user", "5:6", "-g", "7", "-g", "8", "--pid-file", "p", "web", "--", "sh"));
        ExecVerb.Options options = ExecVerb.options(new Call(parsed, null, said, null, Optional.empty(), null, null, null));
        assertThat(options.command()).containsExactly("sh");
        assertThat(options.uid()).isEqualTo(OptionalInt.of(5));
        assertThat(options.gid()).isEqualTo(OptionalInt.of(6));
        assertThat(options.additionalGids()).containsExactly(7, 8);
        assertThat(options.pidFile()).contains(java.nio.file.Path.of("/home/p"));
        assertThat(options.process()).isEmpty();
        assertThat(options.noNewPrivileges()).isEmpty();
    }

    private static ExecVerb.Options execOptions(String... words) throws IncorrectUsage
    {
        Parsed parsed = Parsed.parse(new ExecVerb().words(), List.of(words));
        return ExecVerb.options(new Call(parsed, null, new FakeCaller(java.nio.file.Path.of("/home")).invocation(), null, Optional.empty(), null, null, null));
    }

    @Test
    void aSupervisorGetsHalfAMinuteUnlessToldOtherwise() throws IncorrectUsage
    {
        assertThat(execOptions("--hold-socket", "s", "web", "sh").hold()).contains(new ExecRequest.Hold(java.nio.file.Path.of("/home/s"), Duration.ofSeconds(30)));
        assertThat(execOptions("--hold-socket", "/s", "--hold-timeout", "2m", "web", "sh").hold()).contains(new ExecRequest.Hold(java.nio.file.Path.of("/s"), Duration.ofMinutes(2)));
        assertThat(execOptions("web", "sh").hold()).isEmpty();
        assertThatThrownBy(() -> execOptions("--hold-timeout", "2m", "web", "sh")).isInstanceOf(UsageException.class).hasMessage("--hold-timeout is for --hold-socket");
        for (String never : new String[] {"0s", "-1s"}) {
            assertThatThrownBy(() -> execOptions("--hold-socket", "s", "--hold-timeout", never, "web", "sh")).isInstanceOf(UsageException.class).hasMessage("--hold-timeout must be more than nothing");
        }
    }

    @Test
    void theCallersOwnFilesAreMeantNotTheEngines()
    {
        Invocation caller = new FakeCaller(java.nio.file.Path.of("/home")).invocation();
        assertThat(caller.path("p")).hasToString("/home/p");
        assertThat(caller.path("/dev/fd/63")).hasToString("/proc/4711/fd/63");
        assertThat(caller.path("/dev/stdin")).hasToString("/proc/4711/fd/0");
        assertThat(caller.path("/proc/self/cwd/x")).hasToString("/proc/4711/cwd/x");
        assertThat(caller.path("/proc/selfish")).hasToString("/proc/selfish");
    }
}
