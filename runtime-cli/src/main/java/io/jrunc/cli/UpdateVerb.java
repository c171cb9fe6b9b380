package io.jrunc.cli;

import io.jrunc.error.UsageException;
import io.jrunc.spec.BlockIo;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.Memory;
import io.jrunc.spec.Pids;
import io.jrunc.spec.Resources;
import io.jrunc.spec.SpecParser;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * {@code jrunc update [options] ID}, or with {@code --resources FILE|- ID}.
 */
final class UpdateVerb implements Verb
{
    /**
     * @param resources a file's name, or {@code -} for standard input; all else is ignored then
     * @param memory bytes; -1 = no limit
     */
    record Options(String id, Optional<String> resources, OptionalLong blkioWeight, OptionalLong cpuPeriod, OptionalLong cpuQuota,
            OptionalLong cpuBurst, OptionalLong cpuShares, OptionalLong cpuRtPeriod, OptionalLong cpuRtRuntime, Optional<String> cpus,
            Optional<String> mems, OptionalLong cpuIdle, OptionalLong memory, OptionalLong memoryReservation, OptionalLong memorySwap,
            OptionalLong pidsLimit, Optional<String> l3CacheSchema, Optional<String> memBwSchema)
    {
    }

    @Override
    public Words words()
    {
        return Words.command("update", Verbs.summary("update"))
                .synopsis("[command options] <container-id>")
                .about("Changes the limits that options name, or those in a file of the form of linux.resources in", "config.json; what is not named stays.")
                .text("--resources, -r", "file with the limits in JSON, - for standard input; other options are ignored then")
                .number("--blkio-weight", "share of the disks' time, 10 to 1000")
                .text("--cpu-period", "length of a period of CPU time, in microseconds")
                .text("--cpu-quota", "CPU time in each period, in microseconds")
                .text("--cpu-burst", "CPU time that may be saved up for a burst, in microseconds")
                .text("--cpu-share", "share of the CPUs, relative to other containers")
                .text("--cpu-rt-period", "length of a period of realtime CPU time, in microseconds")
                .text("--cpu-rt-runtime", "realtime CPU time in each period, in microseconds")
                .text("--cpuset-cpus", "CPUs to use, such as 0-3,7")
                .text("--cpuset-mems", "memory nodes to use")
                .text("--cpu-idle", "1 = only what others leave (SCHED_IDLE), 0 = as usual")
                .text("--memory", "limit of memory, in bytes or with a unit; -1 = none")
                .text("--memory-reservation", "memory to keep when it becomes scarce, in bytes or with a unit")
                .text("--memory-swap", "limit of memory and swap together, in bytes or with a unit; -1 = none")
                .number("--pids-limit", "how many processes and threads there may be")
                .text("--l3-cache-schema", "schema of the L3 cache for Intel RDT")
                .text("--mem-bw-schema", "schema of the memory bandwidth for Intel RDT")
                .hidden()
                .text("--kernel-memory", "ignored")
                .text("--kernel-memory-tcp", "ignored")
                .exactly(1);
    }

    @Override
    public OptionalInt run(Call call)
    {
        Options options = options(call);
        Resources change = options.resources().map(name -> fromFile(name, call)).orElseGet(() -> fromOptions(options));
        // As runc: these two count beside a file, too.
        call.containers().update(options.id(), change, options.l3CacheSchema(), options.memBwSchema());
        return DONE;
    }

    private static Resources fromFile(String name, Call call)
    {
        byte[] json = name.equals("-") ? call.containers().standardInput() : InputFile.read(call.caller().path(name), call);
        return SpecParser.parseResources(json);
    }

    /** The words of the command line in those of config.json. */
    private static Resources fromOptions(Options options)
    {
        Memory memory = new Memory(options.memory(), options.memoryReservation(), options.memorySwap(), OptionalLong.empty(), OptionalLong.empty(),
                OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        Cpu cpu = new Cpu(options.cpuShares(), options.cpuQuota(), options.cpuBurst(), options.cpuPeriod(), options.cpuRtRuntime(), options.cpuRtPeriod(),
                options.cpus(), options.mems(), options.cpuIdle());
        OptionalInt weight = options.blkioWeight().isPresent() ? OptionalInt.of(Math.toIntExact(options.blkioWeight().getAsLong())) : OptionalInt.empty();
        BlockIo blockIo = new BlockIo(weight, OptionalInt.empty(), List.of(), List.of(), List.of(), List.of(), List.of());
        return new Resources(List.of(), Optional.of(memory), Optional.of(cpu), Optional.of(new Pids(options.pidsLimit())), Optional.of(blockIo), List.of(),
                Optional.empty(), Map.of(), Map.of());
    }

    static Options options(Call call)
    {
        Parsed parsed = call.parsed();
        for (String gone : new String[] {"--kernel-memory", "--kernel-memory-tcp"}) {
            if (parsed.text(gone).isPresent()) {
                call.log().record(LogSink.Level.WARNING, gone + " is ignored: the kernel has no such limit any more");
            }
        }
        return new Options(call.id(), text(parsed, "--resources"), parsed.number("--blkio-weight"),
                count(parsed, "cpu-period"), count(parsed, "cpu-quota"), count(parsed, "cpu-burst"), count(parsed, "cpu-share"),
                count(parsed, "cpu-rt-period"), count(parsed, "cpu-rt-runtime"), text(parsed, "--cpuset-cpus"), text(parsed, "--cpuset-mems"),
                count(parsed, "cpu-idle"), bytes(parsed, "memory"), bytes(parsed, "memory-reservation"), bytes(parsed, "memory-swap"),
                parsed.number("--pids-limit"), text(parsed, "--l3-cache-schema"), text(parsed, "--mem-bw-schema"));
    }

    private static Optional<String> text(Parsed parsed, String option)
    {
        return parsed.text(option).filter(value -> !value.isEmpty());
    }

    private static OptionalLong count(Parsed parsed, String option)
    {
        return number(parsed, option, Long::parseLong);
    }

    private static OptionalLong bytes(Parsed parsed, String option)
    {
        return number(parsed, option, text -> text.equals("-1") ? -1 : GoValues.bytes(text));
    }

    private static OptionalLong number(Parsed parsed, String option, java.util.function.ToLongFunction<String> reader)
    {
        Optional<String> text = text(parsed, "--" + option);
        try {
            return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(reader.applyAsLong(text.get()));
        }
        catch (NumberFormatException e) {
            throw new UsageException("invalid value for " + option + ": " + GoValues.quote(text.orElseThrow()));
        }
    }
}
