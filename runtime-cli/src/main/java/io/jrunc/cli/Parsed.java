package io.jrunc.cli;

import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One command's options and arguments, as given. Absent options are absent here; defaults are the verbs' business.
 */
final class Parsed
{
    private final Words words;
    /** A flag's value is no matter; a list is one of texts. */
    private final Map<OptionSpec, Object> given;
    private final Set<OptionSpec> denied;
    private final List<String> arguments;

    private Parsed(Words words, Map<OptionSpec, Object> given, Set<OptionSpec> denied, List<String> arguments)
    {
        this.words = words;
        this.given = given;
        this.denied = denied;
        this.arguments = List.copyOf(arguments);
    }

    /**
     * Reads the words after a command's name.
     *
     * @throws IncorrectUsage an unknown option, a missing or malformed value; the message is worded as Go's flag package does,
     *         because scripts around runc know those words
     */
    static Parsed parse(Words words, List<String> arguments) throws IncorrectUsage
    {
        Optional<Parsed> plainly = plainly(words, arguments);
        return plainly.isPresent() ? plainly.get() : thoroughly(words, arguments);
    }

    /**
     * Most lines leave nothing to decide: flags, options with a text after them, and then arguments alone. To find that out picocli takes
     * longer than the kernel to make a process. Whatever else there is, and every mistake, is picocli's.
     */
    private static Optional<Parsed> plainly(Words words, List<String> arguments)
    {
        Map<String, OptionSpec> options = words.spec().optionsMap();
        Map<OptionSpec, Object> given = new HashMap<>();
        int at = 0;
        while (at < arguments.size() && arguments.get(at).startsWith("-")) {
            OptionSpec option = options.get(arguments.get(at++));
            if (option == null) {
                return Optional.empty();
            }
            if (option.type() == Boolean.class) {
                given.put(option, true);
                continue;
            }
            boolean list = option.type() == List.class;
            if (!list && option.type() != String.class || at == arguments.size() || arguments.get(at).startsWith("-")) {
                return Optional.empty();
            }
            String value = arguments.get(at++);
            given.merge(option, list ? List.of(value) : value, list ? Parsed::joined : (before, after) -> after);
        }
        List<String> rest = arguments.subList(at, arguments.size());
        if (!words.spec().parser().stopAtPositional() && rest.stream().anyMatch(word -> word.startsWith("-"))) {
            return Optional.empty();
        }
        return Optional.of(new Parsed(words, given, Set.of(), rest));
    }

    private static List<?> joined(Object before, Object after)
    {
        List<Object> all = new ArrayList<>((List<?>) before);
        all.addAll((List<?>) after);
        return all;
    }

    /** By picocli. */
    static Parsed thoroughly(Words words, List<String> arguments) throws IncorrectUsage
    {
        Set<OptionSpec> denied = new HashSet<>();
        List<String> plain = rewritten(words, arguments, denied);
        try {
            ParseResult result = words.line().parseArgs(plain.toArray(String[]::new));
            Map<OptionSpec, Object> given = new HashMap<>();
            result.matchedOptionsSet().forEach(option -> given.put(option, option.getValue()));
            return new Parsed(words, given, denied, result.matchedPositionalValue(0, List.of()));
        }
        catch (ParameterException e) {
            throw new IncorrectUsage(words, inGoWords(e));
        }
    }

    /**
     * Go lets a flag be given as {@code --detach=false}; picocli takes no value for a flag, so the words are rewritten for it. The
     * end of the options is marked where it is certain.
     *
     * @param denied receives the flags that were last given as false
     */
    private static List<String> rewritten(Words words, List<String> arguments, Set<OptionSpec> denied) throws IncorrectUsage
    {
        List<String> plain = new ArrayList<>(arguments);
        for (int i = 0; i < plain.size(); i++) {
            String word = plain.get(i);
            if (word.equals("--")) {
                break;
            }
            if (!word.startsWith("-") && (words.spec().parser().stopAtPositional() || plain.stream().skip(i).noneMatch(later -> later.startsWith("-")))) {
                // Only arguments from here on. Unless told so, picocli tries to read each of them as a number, twice, by exceptions.
                plain.add(i, "--");
                break;
            }
            int equals = word.indexOf('=');
            OptionSpec option = word.startsWith("-") ? words.spec().optionsMap().get(equals < 0 ? word : word.substring(0, equals)) : null;
            if (option == null) {
                continue;
            }
            if (option.type() != Boolean.class) {
                i += equals < 0 ? 1 : 0;
            }
            else if (equals < 0) {
                denied.remove(option);
            }
            else {
                plain.set(i, word.substring(0, equals));
                if (bool(words, option, word.substring(equals + 1))) {
                    denied.remove(option);
                }
                else {
                    denied.add(option);
                }
            }
        }
        return plain;
    }

    private static boolean bool(Words words, OptionSpec option, String value) throws IncorrectUsage
    {
        try {
            return GoValues.bool(value);
        }
        catch (IllegalArgumentException e) {
            throw new IncorrectUsage(words, "invalid boolean value " + GoValues.quote(value) + " for -" + bare(option.names()[0]) + ": parse error");
        }
    }

    boolean flag(String name)
    {
        return flagIfGiven(name).orElse(false);
    }

    /** For an option where "not given" and "given as false" differ. */
    Optional<Boolean> flagIfGiven(String name)
    {
        OptionSpec option = option(name);
        return given.containsKey(option) ? Optional.of(!denied.contains(option)) : Optional.empty();
    }

    Optional<String> text(String name)
    {
        return Optional.ofNullable((String) given.get(option(name)));
    }

    OptionalLong number(String name)
    {
        Long value = (Long) given.get(option(name));
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    Optional<Duration> duration(String name)
    {
        return Optional.ofNullable((Duration) given.get(option(name)));
    }

    List<String> list(String name)
    {
        return ((List<?>) given.getOrDefault(option(name), List.of())).stream().map(String.class::cast).toList();
    }

    /** Null = this command has none of that name. */
    private OptionSpec option(String name)
    {
        return words.spec().optionsMap().get(name);
    }

    List<String> arguments()
    {
        return arguments;
    }

    private static String inGoWords(ParameterException e)
    {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return "flag provided but not defined: -" + bare(unmatched.getUnmatched().getFirst());
        }
        if (e instanceof MissingParameterException missing && missing.getMissing().getFirst() instanceof OptionSpec option) {
            return "flag needs an argument: -" + bare(option.names()[0]);
        }
        if (e.getArgSpec() instanceof OptionSpec option) {
            String name = bare(option.names()[0]);
            return "invalid value " + GoValues.quote(e.getValue()) + " for flag -" + name + ": parse error";
        }
        return e.getMessage();
    }

    /** {@code --name=value} becomes {@code name}. */
    private static String bare(String word)
    {
        int from = word.startsWith("--") ? 2 : word.startsWith("-") ? 1 : 0;
        int to = word.indexOf('=');
        return word.substring(from, to < 0 ? word.length() : to);
    }
}
