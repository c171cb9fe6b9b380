package io.jrunc.spec;

import io.jrunc.error.SpecProblem;

import java.util.List;

/** What a config must keep to when the runtime does not run as root (euid not 0). Pure. */
public final class RootlessRules
{
    private RootlessRules()
    {
    }

    /** What the config asks for and a user cannot have; none = fine. */
    public static List<SpecProblem> problems(Spec spec)
    {
        Problems problems = new Problems();
        Linux linux = spec.linux();
        problems.unless(linux.has(NamespaceType.USER), "linux.namespaces", "rootless container requires user namespaces")
                .unless(!linux.creates(NamespaceType.USER) || !linux.uidMappings().isEmpty(), "linux.uidMappings",
                        "rootless containers requires at least one UID mapping")
                .unless(!linux.creates(NamespaceType.USER) || !linux.gidMappings().isEmpty(), "linux.gidMappings",
                        "rootless containers requires at least one GID mapping")
                .unless(linux.netDevices().isEmpty(), "linux.netDevices",
                        "network devices are not supported for rootless containers");
        checkUser(problems, "process.user", spec.process().user());
        for (int i = 0; i < spec.mounts().size(); i++) {
            checkMount(problems, "mounts[" + i + "]", spec.mounts().get(i), linux);
        }
        return problems.list();
    }

    /** The same for the user of an exec. */
    public static List<SpecProblem> userProblems(String path, User user)
    {
        Problems problems = new Problems();
        checkUser(problems, path, user);
        return problems.list();
    }

    private static void checkUser(Problems problems, String path, User user)
    {
        problems.unless(user.additionalGids().isEmpty(), path + ".additionalGids",
                "cannot set any additional groups in a rootless container");
    }

    private static void checkMount(Problems problems, String path, Mount mount, Linux linux)
    {
        MountOptions options = mount.parsedOptions();
        problems.unless(options.idmap().isEmpty() && !mount.hasMappings(), path,
                "id-mapped mounts are not supported for rootless containers");
        for (String word : options.data()) {
            boolean fine = isMapped(word, "uid=", linux.uidMappings()) && isMapped(word, "gid=", linux.gidMappings());
            problems.unless(fine, path + ".options",
                    "cannot specify " + Problems.printable(word) + " mount option for rootless container: the id is not mapped");
        }
    }

    /** True also for other words, for what is no number (the file system will tell) and where the config holds no mapping. */
    private static boolean isMapped(String word, String prefix, List<IdMapping> mappings)
    {
        String id = word.startsWith(prefix) ? word.substring(prefix.length()) : "";
        return mappings.isEmpty() || !id.matches("[0-9]{1,10}") || IdMapping.toHost(mappings, Long.parseLong(id)).isPresent();
    }
}
