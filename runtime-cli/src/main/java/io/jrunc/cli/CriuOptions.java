package io.jrunc.cli;

import io.jrunc.error.UsageException;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code checkpoint} and {@code restore} have in common.
 *
 * @param imagePath absolute
 * @param workPath for criu's logs; empty = the image path
 */
record CriuOptions(String id, Path imagePath, Optional<Path> workPath, boolean tcpEstablished, boolean externalUnixSockets, boolean shellJob,
        boolean fileLocks, boolean lazyPages, boolean autoDedup, CgroupsMode cgroupsMode, List<String> emptyNamespaces)
{
    /** How criu treats cgroups. */
    enum CgroupsMode
    {
        SOFT, FULL, STRICT, IGNORE;

        private static CgroupsMode named(String word)
        {
            return switch (word) {
                case "", "soft" -> SOFT;
                case "full" -> FULL;
                case "strict" -> STRICT;
                case "ignore" -> IGNORE;
                default -> throw new UsageException("invalid manage-cgroups-mode value: " + GoValues.quote(word) + " is none of soft, full, strict, ignore");
            };
        }
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

    static CriuOptions of(Call call)
    {
        Parsed parsed = call.parsed();
        for (String namespace : parsed.list("--empty-ns")) {
            if (!namespace.equals("network")) {
                throw new UsageException("namespace " + GoValues.quote(namespace) + " is not supported by --empty-ns");
            }
        }
        return new CriuOptions(call.id(), call.caller().path(parsed.text("--image-path").filter(text -> !text.isEmpty()).orElse("checkpoint")).normalize(),
                CreateOptions.path(call, "--work-path"), parsed.flag("--tcp-established"), parsed.flag("--ext-unix-sk"), parsed.flag("--shell-job"),
                parsed.flag("--file-locks"), parsed.flag("--lazy-pages"), parsed.flag("--auto-dedup"),
                CgroupsMode.named(parsed.text("--manage-cgroups-mode").orElse("soft")), parsed.list("--empty-ns"));
    }
}
