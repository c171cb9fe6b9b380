package io.jrunc.cli;

import picocli.CommandLine.Model.OptionSpec;

import java.util.ArrayList;
import java.util.List;

/**
 * Help as runc's users know it: NAME, USAGE, DESCRIPTION, OPTIONS; scripts look for the first two lines.
 */
final class HelpText
{
    static final String PROGRAM = "jrunc";

    private HelpText()
    {
    }

    static String of(Words words)
    {
        var usage = words.spec().usageMessage();
        String name = words.spec().name();
        boolean top = name.equals(PROGRAM);
        String full = top ? PROGRAM : PROGRAM + " " + name;
        StringBuilder out = new StringBuilder();
        out.append("NAME:\n   ").append(full).append(" - ").append(usage.header()[0]).append('\n');
        if (top) {
            paragraphs(out, usage.description(), "");
        }
        out.append("\nUSAGE:\n");
        for (String line : usage.customSynopsis()) {
            out.append("   ").append(full).append(line.isEmpty() ? "" : " ").append(line).append('\n');
        }
        if (!top && usage.description().length > 0) {
            out.append("\nDESCRIPTION:");
            paragraphs(out, usage.description(), "   ");
        }
        if (top) {
            out.append("\nVERSION:\n   ").append(Version.jrunc()).append("\n\nCOMMANDS:\n");
            out.append(columns(Verbs.listed().stream().map(verb -> new String[] {verb.shownNames(), verb.summary()}).toList()));
        }
        List<String[]> options = new ArrayList<>();
        for (OptionSpec option : words.spec().options()) {
            if (!option.hidden()) {
                options.add(new String[] {shown(option), option.description()[0]});
            }
        }
        if (!options.isEmpty()) {
            out.append(top ? "\nGLOBAL OPTIONS:\n" : "\nOPTIONS:\n").append(columns(options));
        }
        if (usage.footer().length > 0) {
            paragraphs(out, usage.footer(), "");
        }
        return out.toString();
    }

    private static String shown(OptionSpec option)
    {
        String value = option.type() == Boolean.class ? "" : " value";
        return String.join(", ", List.of(Words.shownNames(option).split(", ")).stream().map(name -> name + value).toList());
    }

    private static void paragraphs(StringBuilder out, String[] lines, String indent)
    {
        out.append('\n');
        for (String line : lines) {
            out.append(line.isEmpty() ? "" : indent).append(line).append('\n');
        }
    }

    private static String columns(List<String[]> rows)
    {
        int width = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            out.append("   ").append(row[0]).append(" ".repeat(width - row[0].length() + 2)).append(row[1]).append('\n');
        }
        return out.toString();
    }
}
