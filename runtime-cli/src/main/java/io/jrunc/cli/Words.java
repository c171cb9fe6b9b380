package io.jrunc.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The grammar of one command, built as picocli's model by hand: annotations would cost a start 50 ms of reflection.
 *
 * <p>Every long option may also be written with one dash, as Go programs allow and go-runc does.
 */
final class Words
{
    static final String ARGUMENTS = "arguments";

    private final CommandSpec spec;
    private CommandLine line;
    private int least;
    private int most = Integer.MAX_VALUE;
    private boolean hiding;

    private Words(CommandSpec spec)
    {
        this.spec = spec;
    }

    /** @param summary half a sentence after the name in help */
    static Words command(String name, String summary)
    {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().header(summary);
        spec.parser()
                .posixClusteredShortOptionsAllowed(false)
                .overwrittenOptionsAllowed(true)
                .expandAtFiles(false)
                .aritySatisfiedByAttachedOptionParam(true)
                .allowOptionsAsOptionParameters(true);
        spec.interpolateVariables(false);
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*").arity("0..*").type(List.class).auxiliaryTypes(String.class).paramLabel(ARGUMENTS).required(false).hidden(true).build());
        Words words = new Words(spec);
        if (!name.equals(HelpText.PROGRAM)) {
            // Every verb knows it and no verb lists it: the global options do.
            words.hiding = true;
            words.flag("--help, -h", "show help");
            words.hiding = false;
        }
        return words;
    }

    /** What follows the command's name in the USAGE line. */
    Words synopsis(String text)
    {
        spec.usageMessage().customSynopsis(text);
        return this;
    }

    /** Paragraphs below USAGE. */
    Words about(String... lines)
    {
        spec.usageMessage().description(lines);
        return this;
    }

    /** Text after the options. */
    Words footer(String... lines)
    {
        spec.usageMessage().footer(lines);
        return this;
    }

    Words exactly(int count)
    {
        return between(count, count);
    }

    Words atLeast(int count)
    {
        return between(count, Integer.MAX_VALUE);
    }

    Words between(int least, int most)
    {
        this.least = least;
        this.most = most;
        return this;
    }

    /** Options end at the first argument, so that the rest reaches another program untouched. */
    Words stopAtFirstArgument()
    {
        spec.parser().stopAtPositional(true);
        return this;
    }

    Words flag(String names, String description)
    {
        return option(names, description, OptionSpec.builder(spelled(names)).type(Boolean.class).arity("0"));
    }

    Words text(String names, String description)
    {
        return option(names, description, OptionSpec.builder(spelled(names)).type(String.class).arity("1"));
    }

    /** A text option whose default is told in help; the verb applies it. */
    Words text(String names, String description, String shownDefault)
    {
        return text(names, description + " (default: \"" + shownDefault + "\")");
    }

    /** A whole number, as Go reads it: decimal, or with 0x, 0o, 0b in front. */
    Words number(String names, String description)
    {
        return option(names, description, OptionSpec.builder(spelled(names)).type(Long.class).arity("1"));
    }

    /** May be given several times; a comma separates nothing. */
    Words list(String names, String description)
    {
        return option(names, description, OptionSpec.builder(spelled(names)).type(List.class).auxiliaryTypes(String.class).arity("1"));
    }

    /** A length of time in Go's notation, such as 1m30s. */
    Words duration(String names, String description)
    {
        return option(names, description, OptionSpec.builder(spelled(names)).type(Duration.class).arity("1"));
    }

    /** Options added from here on are accepted and not shown in help. */
    Words hidden()
    {
        hiding = true;
        return this;
    }

    /** The reader of command lines with this grammar, once it is complete. For one line at a time. */
    CommandLine line()
    {
        if (line == null) {
            line = new CommandLine(spec);
            line.registerConverter(Long.class, GoValues::integer);
            line.registerConverter(Duration.class, GoValues::duration);
        }
        return line;
    }

    CommandSpec spec()
    {
        return spec;
    }

    int least()
    {
        return least;
    }

    int most()
    {
        return most;
    }

    private Words option(String names, String description, OptionSpec.Builder builder)
    {
        spec.addOption(builder.description(description).descriptionKey(names).required(false).hidden(hiding).paramLabel("value").build());
        return this;
    }

    /** {@code "--bundle, -b"} becomes {@code --bundle -bundle -b --b}. */
    private static String[] spelled(String names)
    {
        List<String> all = new ArrayList<>();
        for (String name : names.split(", ")) {
            String bare = name.startsWith("--") ? name.substring(2) : name.substring(1);
            all.add("--" + bare);
            all.add("-" + bare);
        }
        return all.toArray(String[]::new);
    }

    /** The names as they stand in help, e.g. {@code "--bundle, -b"}. */
    static String shownNames(ArgSpec option)
    {
        return option.descriptionKey();
    }
}
