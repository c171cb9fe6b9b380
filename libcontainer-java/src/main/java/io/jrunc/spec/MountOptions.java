package io.jrunc.spec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the option words of a mount mean. Later words override earlier opposites. Source: OCI config.md#linux-mount-options.
 *
 * @param bind {@code bind} or {@code rbind} is among them: the type does not count
 * @param recursiveBind {@code rbind} is among them
 * @param set flags asked for
 * @param cleared flags asked to be off, e.g. by {@code rw}; matters where the source of a bind mount has them on
 * @param propagation to apply after the mount, in this order
 * @param recursive attributes for the mount and all below it
 * @param idmap empty = not asked for (mappings of the mount ask for it, too)
 * @param tmpcopyup copy what the mount hides into the new tmpfs
 * @param copySymlink make a source that is a symlink a symlink in the container
 * @param srcNofollow do not follow a source that is a symlink
 * @param destNofollow do not follow a destination that is a symlink
 * @param data all other words, for the file system itself
 */
public record MountOptions(boolean bind, boolean recursiveBind, Set<MountFlag> set, Set<MountFlag> cleared,
        List<Propagation> propagation, RecursiveAttributes recursive, Optional<IdmapOption> idmap, boolean tmpcopyup,
        boolean copySymlink, boolean srcNofollow, boolean destNofollow, List<String> data)
{
    public MountOptions
    {
        set = copy(set);
        cleared = copy(cleared);
        propagation = List.copyOf(propagation);
        data = List.copyOf(data);
    }

    private static Set<MountFlag> copy(Set<MountFlag> flags)
    {
        return flags.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(flags));
    }

    /** @throws io.jrunc.error.SpecException if {@code idmap=} has malformed parameters; nothing else is ever wrong */
    public static MountOptions parse(List<String> words)
    {
        Builder builder = new Builder();
        words.forEach(builder::add);
        return builder.build();
    }

    /** Every word that means something here, sorted, for {@code features}. */
    public static List<String> knownWords()
    {
        return MountOption.WORDS.keySet().stream().sorted().toList();
    }

    /** The words for the file system as mount(2) takes them: {@code "mode=755,size=65536k"}; empty = none. */
    public String dataText()
    {
        return String.join(",", data);
    }

    /** The flags asked for, as MS_* bits, without MS_BIND and MS_REC. */
    public int mountFlags()
    {
        return set.stream().mapToInt(MountFlag::mountFlag).sum();
    }

    /** True if {@code ro} is in force after all words. */
    public boolean readonly()
    {
        return set.contains(MountFlag.RDONLY);
    }

    private static final class Builder
    {
        private boolean bind;
        private boolean recursiveBind;
        private final Set<MountFlag> set = EnumSet.noneOf(MountFlag.class);
        private final Set<MountFlag> cleared = EnumSet.noneOf(MountFlag.class);
        private final List<Propagation> propagation = new ArrayList<>();
        private RecursiveAttributes recursive = RecursiveAttributes.NONE;
        private Optional<IdmapOption> idmap = Optional.empty();
        private final Set<MountOption.Special> special = EnumSet.noneOf(MountOption.Special.class);
        private final List<String> data = new ArrayList<>();

        void add(String word)
        {
            MountOption option = MountOption.WORDS.get(word);
            if (option == null) {
                addUnknown(word);
                return;
            }
            switch (option) {
                case MountOption.Nothing _ -> { }
                case MountOption.Bind(boolean tree) -> {
                    bind = true;
                    recursiveBind |= tree;
                }
                case MountOption.Set(MountFlag flag) -> {
                    if (flag.isAtimeMode()) {
                        set.removeIf(MountFlag::isAtimeMode);
                    }
                    set.add(flag);
                    cleared.remove(flag);
                }
                case MountOption.Clear(MountFlag flag) -> {
                    set.remove(flag);
                    cleared.add(flag);
                }
                case MountOption.Propagate(Propagation kind) -> propagation.add(kind);
                case MountOption.SetBelow(MountFlag flag) -> recursive = recursive.with(flag);
                case MountOption.ClearBelow(MountFlag flag) -> recursive = recursive.without(flag);
                case MountOption.Idmap(boolean tree) -> idmap = Optional.of(IdmapOption.plain(tree));
                case MountOption.Special one -> special.add(one);
            }
        }

        private void addUnknown(String word)
        {
            if (word.startsWith("idmap=")) {
                idmap = Optional.of(IdmapOption.parse(false, word, word.substring("idmap=".length())));
            }
            else if (word.startsWith("ridmap=")) {
                idmap = Optional.of(IdmapOption.parse(true, word, word.substring("ridmap=".length())));
            }
            else {
                data.add(word);
            }
        }

        MountOptions build()
        {
            return new MountOptions(bind, recursiveBind, set, cleared, propagation, recursive, idmap,
                    special.contains(MountOption.Special.TMPCOPYUP), special.contains(MountOption.Special.COPY_SYMLINK),
                    special.contains(MountOption.Special.SRC_NOFOLLOW), special.contains(MountOption.Special.DEST_NOFOLLOW), data);
        }
    }
}
