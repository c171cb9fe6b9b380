package io.jrunc.lifecycle;

import io.jrunc.criu.CriuOptions;
import io.jrunc.error.HostException;
import io.jrunc.host.HostFacts;
import io.jrunc.host.Namespaces;
import io.jrunc.spec.NamespaceType;
import io.jrunc.spec.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Optional;

/** What is told to criu by checkpoint and restore alike. */
final class CriuSettings
{
    static final String NULL_DEVICE = "/dev/null";

    private static final int LOG_LEVEL = 4;
    private static final String ANNOTATION = "org.criu.config";
    /** runc's, so that a host's own settings go on to hold. */
    private static final String CONFIG_FILE = "/etc/criu/runc.conf";

    private CriuSettings() {}

    /** criu needs the host's root; whether it does with less is up to it. */
    static void warnOfUser(Session session)
    {
        if (session.caller().euid() != 0 || HostFacts.here().inUserNamespace()) {
            session.notices().warn("jrunc checkpoint is untested with rootless containers");
        }
    }

    /** @param option for the message; existing is fine. @throws HostException when it cannot be made */
    static void makeDirectory(Path directory, String option)
    {
        try {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        catch (IOException e) {
            throw new HostException(option + ": cannot make the directory " + directory + ": " + e.getMessage(), e);
        }
    }

    /** @return the same options */
    static CriuOptions common(CriuOptions options, CriuChoices choices, String log, Spec spec)
    {
        return options
                .log(log, LOG_LEVEL)
                .cgroups(mode(choices.cgroupsMode()))
                .shellJob(choices.shellJob())
                .externalUnixSockets(choices.externalUnixSockets())
                .tcpEstablished(choices.tcpEstablished())
                .fileLocks(choices.fileLocks())
                .autoDedup(choices.autoDedup())
                .lazyPages(choices.lazyPages())
                .configFile(configFile(spec));
    }

    /** An empty annotation = none. */
    private static Optional<String> configFile(Spec spec)
    {
        return Optional.of(spec.annotations().getOrDefault(ANNOTATION, CONFIG_FILE)).filter(path -> !path.isEmpty());
    }

    private static CriuOptions.CgroupMode mode(CriuChoices.CgroupsMode mode)
    {
        return switch (mode) {
            case DEFAULT -> CriuOptions.CgroupMode.DEFAULT;
            case SOFT -> CriuOptions.CgroupMode.SOFT;
            case FULL -> CriuOptions.CgroupMode.FULL;
            case STRICT -> CriuOptions.CgroupMode.STRICT;
            case IGNORE -> CriuOptions.CgroupMode.IGNORE;
        };
    }

    /** Under which name a namespace that is not saved is found again, e.g. {@code extRootNetNS}. */
    static String externalKey(NamespaceType type)
    {
        String name = type.procName();
        return "extRoot" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + "NS";
    }

    /** E.g. {@code net[4026531840]:extRootNetNS}. @throws io.jrunc.error.SpecException when there is no such namespace */
    static String external(String path, NamespaceType type, String place)
    {
        return type.procName() + "[" + Namespaces.inode(path, type.cloneFlag(), place) + "]:" + externalKey(type);
    }
}
