package io.jrunc.spec;

import java.util.HashMap;
import java.util.Map;

/**
 * What one option word of a mount means, and the table of all words.
 *
 * <p>{@code acl} is not in it: it does not mean MS_POSIXACL and goes to the file system.
 */
sealed interface MountOption
{
    Map<String, MountOption> WORDS = words();

    /** {@code defaults}: accepted, changes nothing. */
    record Nothing() implements MountOption { }

    /** A bind mount; {@code tree}: with all mounts below the source. */
    record Bind(boolean tree) implements MountOption { }

    record Set(MountFlag flag) implements MountOption { }

    record Clear(MountFlag flag) implements MountOption { }

    record Propagate(Propagation kind) implements MountOption { }

    /** Sets an attribute on the mount and all below. */
    record SetBelow(MountFlag flag) implements MountOption { }

    /** Clears an attribute on the mount and all below. */
    record ClearBelow(MountFlag flag) implements MountOption { }

    record Idmap(boolean tree) implements MountOption { }

    /** Words that stand for a way of working of their own. */
    enum Special implements MountOption
    {
        TMPCOPYUP, COPY_SYMLINK, SRC_NOFOLLOW, DEST_NOFOLLOW
    }

    private static Map<String, MountOption> words()
    {
        Map<String, MountOption> words = new HashMap<>();
        words.put("defaults", new Nothing());
        words.put("bind", new Bind(false));
        words.put("rbind", new Bind(true));
        words.put("idmap", new Idmap(false));
        words.put("ridmap", new Idmap(true));
        words.put("tmpcopyup", Special.TMPCOPYUP);
        words.put("copy-symlink", Special.COPY_SYMLINK);
        words.put("src-nofollow", Special.SRC_NOFOLLOW);
        words.put("dest-nofollow", Special.DEST_NOFOLLOW);
        words.put("remount", new Set(MountFlag.REMOUNT));
        for (Propagation kind : Propagation.values()) {
            words.put(kind.word(), new Propagate(kind));
        }
        pair(words, "ro", "rw", MountFlag.RDONLY);
        pair(words, "nosuid", "suid", MountFlag.NOSUID);
        pair(words, "nodev", "dev", MountFlag.NODEV);
        pair(words, "noexec", "exec", MountFlag.NOEXEC);
        pair(words, "sync", "async", MountFlag.SYNCHRONOUS);
        pair(words, "mand", "nomand", MountFlag.MANDLOCK);
        pair(words, "nosymfollow", "symfollow", MountFlag.NOSYMFOLLOW);
        pair(words, "noatime", "atime", MountFlag.NOATIME);
        pair(words, "nodiratime", "diratime", MountFlag.NODIRATIME);
        pair(words, "relatime", "norelatime", MountFlag.RELATIME);
        pair(words, "strictatime", "nostrictatime", MountFlag.STRICTATIME);
        pair(words, "silent", "loud", MountFlag.SILENT);
        pair(words, "iversion", "noiversion", MountFlag.I_VERSION);
        pair(words, "lazytime", "nolazytime", MountFlag.LAZYTIME);
        words.put("dirsync", new Set(MountFlag.DIRSYNC));
        words.put("rdirsync", new Set(MountFlag.DIRSYNC));
        return Map.copyOf(words);
    }

    /**
     * Puts a word, its opposite, and both with an {@code r} in front, which means all mounts below too. Flags that belong to the file
     * system reach them all anyway, so there the {@code r} changes nothing; such words come from crun, and only for three flags.
     */
    private static void pair(Map<String, MountOption> words, String on, String off, MountFlag flag)
    {
        words.put(on, new Set(flag));
        words.put(off, new Clear(flag));
        if (flag.attribute().isPresent()) {
            words.put("r" + on, new SetBelow(flag));
            words.put("r" + off, new ClearBelow(flag));
        }
        else if (flag == MountFlag.SYNCHRONOUS || flag == MountFlag.MANDLOCK) {
            words.put("r" + on, new Set(flag));
            words.put("r" + off, new Clear(flag));
        }
    }
}
