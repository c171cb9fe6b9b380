package io.jrunc.seccomp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jrunc.spec.Seccomp;
import io.jrunc.spec.SeccompAction;
import io.jrunc.spec.SeccompArch;
import io.jrunc.spec.SeccompArg;
import io.jrunc.spec.SeccompFlag;
import io.jrunc.spec.SeccompOperator;
import io.jrunc.spec.SeccompSyscall;
import io.jrunc.spec.SpecWord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Seccomp sections for tests, in few words. */
record Profiles(Seccomp section)
{
    static Profiles withDefault(SeccompAction action)
    {
        return withDefault(action, OptionalInt.empty());
    }

    static Profiles withDefaultErrno(int errno)
    {
        return withDefault(SeccompAction.ERRNO, OptionalInt.of(errno));
    }

    private static Profiles withDefault(SeccompAction action, OptionalInt errno)
    {
        return new Profiles(new Seccomp(
                action, errno, List.of(), Optional.empty(), Optional.empty(), Optional.empty(), List.of()));
    }

    /** From src/test/resources/seccomp; profiles of the size that managers use. */
    static Seccomp large(String file)
    {
        try (InputStream in = Profiles.class.getResourceAsStream("/seccomp/" + file)) {
            JsonNode json = new ObjectMapper().readTree(in);
            List<SeccompSyscall> syscalls = new ArrayList<>();
            for (JsonNode rule : json.get("syscalls")) {
                List<String> names = new ArrayList<>();
                rule.get("names").forEach(name -> names.add(name.asText()));
                List<SeccompArg> args = new ArrayList<>();
                for (JsonNode arg : rule.path("args")) {
                    args.add(new SeccompArg(arg.get("index").asInt(), arg.get("value").asLong(), arg.path("valueTwo").asLong(),
                            find(SeccompOperator.values(), arg.get("op"))));
                }
                syscalls.add(new SeccompSyscall(
                        names, find(SeccompAction.values(), rule.get("action")), errno(rule.path("errnoRet")), args));
            }
            List<SeccompArch> architectures = new ArrayList<>();
            json.get("architectures").forEach(name -> architectures.add(find(SeccompArch.values(), name)));
            return new Seccomp(find(SeccompAction.values(), json.get("defaultAction")), errno(json.path("defaultErrnoRet")), architectures,
                    Optional.empty(), Optional.empty(), Optional.empty(), syscalls);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Profiles on(SeccompArch... architectures)
    {
        return new Profiles(new Seccomp(section.defaultAction(), section.defaultErrnoRet(), List.of(architectures), section.flags(),
                section.listenerPath(), section.listenerMetadata(), section.syscalls()));
    }

    Profiles flags(SeccompFlag... flags)
    {
        return new Profiles(new Seccomp(section.defaultAction(), section.defaultErrnoRet(), section.architectures(),
                Optional.of(Set.of(flags)),
                section.listenerPath(), section.listenerMetadata(), section.syscalls()));
    }

    Profiles listener(String path, String metadata)
    {
        return new Profiles(new Seccomp(section.defaultAction(), section.defaultErrnoRet(), section.architectures(), section.flags(),
                Optional.of(path), Optional.of(metadata), section.syscalls()));
    }

    Profiles rule(SeccompAction action, String names, SeccompArg... args)
    {
        return with(new SeccompSyscall(Arrays.asList(names.split(" ")), action, OptionalInt.empty(), List.of(args)));
    }

    Profiles errno(int errno, String names, SeccompArg... args)
    {
        return with(new SeccompSyscall(Arrays.asList(names.split(" ")), SeccompAction.ERRNO, OptionalInt.of(errno), List.of(args)));
    }

    static SeccompArg arg(int index, SeccompOperator operator, long value)
    {
        return new SeccompArg(index, value, 0, operator);
    }

    static SeccompArg masked(int index, long mask, long value)
    {
        return new SeccompArg(index, mask, value, SeccompOperator.MASKED_EQ);
    }

    private Profiles with(SeccompSyscall rule)
    {
        List<SeccompSyscall> all = new ArrayList<>(section.syscalls());
        all.add(rule);
        return new Profiles(new Seccomp(section.defaultAction(), section.defaultErrnoRet(), section.architectures(), section.flags(),
                section.listenerPath(), section.listenerMetadata(), all));
    }

    private static OptionalInt errno(JsonNode number)
    {
        return number.isMissingNode() ? OptionalInt.empty() : OptionalInt.of(number.asInt());
    }

    private static <E extends SpecWord> E find(E[] constants, JsonNode word)
    {
        return SpecWord.find(constants, word.asText()).orElseThrow(() -> new AssertionError("unknown word " + word));
    }
}
