package io.jrunc.cli;

import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One command's options and arguments, as given. Absent options are absent here; defaults are the verbs' business.
 */
final class Parsed
{
    private final ParseResult result;
    private final Set<OptionSpec> denied;
    private final List<String> arguments;

    private Parsed(ParseResult result, Set<OptionSpec> denied, List<String> arguments)
    {
        this.result = result;
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
        if (words.spec().parser().stopAtPositional() && !arguments.isEmpty() && !arguments.getFirst().startsWith("-")) {
            // Nothing to read, as often before a verb; picocli would take longer to find that out than to read options.
            return new Parsed(ParseResult.builder(words.spec()).build(), Set.of(), arguments);
        }
        Set<OptionSpec> denied = new HashSet<>();
        List<String> plain = rewritten(words, arguments, denied);
        try {
            ParseResult result = words.line().parseArgs(plain.toArray(String[]::new));
            return new Parsed(result, denied, result.matchedPositionalValue(0, List.of()));
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
        OptionSpec option = result.matchedOption(name);
        return option == null ? Optional.empty() : Optional.of(!denied.contains(option));
    }

    Optional<String> text(String name)
    {
        return Optional.ofNullable(result.matchedOptionValue(name, null));
    }

    OptionalLong number(String name)
    {
        Long value = result.matchedOptionValue(name, null);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    Optional<Duration> duration(String name)
    {
        return Optional.ofNullable(result.matchedOptionValue(name, null));
    }

    List<String> list(String name)
    {
        return List.copyOf(result.matchedOptionValue(name, List.of()));
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
