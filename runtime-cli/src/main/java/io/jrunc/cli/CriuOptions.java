package io.jrunc.cli;

import io.jrunc.error.UsageException;
import io.jrunc.lifecycle.CriuChoices;
import io.jrunc.lifecycle.CriuChoices.CgroupsMode;

/** The words that {@code checkpoint} and {@code restore} have in common. */
final class CriuOptions
{
    private CriuOptions()
    {
    }

    static Words add(Words words)
    {
        return words
                .text("--image-path", "directory of the images", "./checkpoint")
                .text("--work-path", "directory for criu's logs and work files, by default that of the images")
                .flag("--tcp-established", "allow established TCP connections")
                .flag("--ext-unix-sk", "allow unix sockets whose other end is outside")
                .flag("--shell-job", "allow a terminal that belongs to the caller's session")
                .flag("--lazy-pages", "bring memory over only when it is used")
                .flag("--file-locks", "allow file locks")
                .text("--manage-cgroups-mode", "how to treat cgroups: soft, full, strict or ignore", "soft")
                .list("--empty-ns", "make this namespace, \"network\", without its contents")
                .flag("--auto-dedup", "drop pages of parent images that are saved anew");
    }

    static CriuChoices choices(Call call)
    {
        Parsed parsed = call.parsed();
        // It is so in any case: whoever made a container's network makes it again.
        for (String namespace : parsed.list("--empty-ns")) {
            if (!namespace.equals("network")) {
                throw new UsageException("namespace " + GoValues.quote(namespace) + " is not supported by --empty-ns");
            }
        }
        return new CriuChoices(call.caller().path(parsed.text("--image-path").filter(text -> !text.isEmpty()).orElse("checkpoint")).normalize(),
                CreateOptions.path(call, "--work-path"), parsed.flag("--tcp-established"), parsed.flag("--ext-unix-sk"), parsed.flag("--shell-job"),
                parsed.flag("--file-locks"), parsed.flag("--lazy-pages"), parsed.flag("--auto-dedup"), mode(parsed.text("--manage-cgroups-mode").orElse("")));
    }

    private static CgroupsMode mode(String word)
    {
        return switch (word) {
            case "" -> CgroupsMode.DEFAULT;
            case "soft" -> CgroupsMode.SOFT;
            case "full" -> CgroupsMode.FULL;
            case "strict" -> CgroupsMode.STRICT;
            case "ignore" -> CgroupsMode.IGNORE;
            default -> throw new UsageException("invalid manage-cgroups-mode value: " + GoValues.quote(word) + " is none of soft, full, strict, ignore");
        };
    }
}
