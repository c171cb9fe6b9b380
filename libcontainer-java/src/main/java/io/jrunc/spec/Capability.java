package io.jrunc.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Capabilities of Linux up to 5.9, the newest at the time of writing. The order is the kernel's: {@link #number()} is the position. */
public enum Capability implements SpecWord
{
    CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, LINUX_IMMUTABLE,
    NET_BIND_SERVICE, NET_BROADCAST, NET_ADMIN, NET_RAW, IPC_LOCK, IPC_OWNER, SYS_MODULE, SYS_RAWIO, SYS_CHROOT, SYS_PTRACE,
    SYS_PACCT, SYS_ADMIN, SYS_BOOT, SYS_NICE, SYS_RESOURCE, SYS_TIME, SYS_TTY_CONFIG, MKNOD, LEASE, AUDIT_WRITE,
    AUDIT_CONTROL, SETFCAP, MAC_OVERRIDE, MAC_ADMIN, SYSLOG, WAKE_ALARM, BLOCK_SUSPEND, AUDIT_READ, PERFMON, BPF,
    CHECKPOINT_RESTORE;

    private static final Map<String, Capability> BY_WORD = Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Capability::word, capability -> capability));

    private final String word;

    Capability()
    {
        word = "CAP_" + name();
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The kernel's number, 0 to 40. */
    public int number()
    {
        return ordinal();
    }

    public static Optional<Capability> byWord(String word)
    {
        return Optional.ofNullable(BY_WORD.get(word));
    }

    /**
     * The named capabilities as a bit mask, bit n = capability n. Names that are unknown or above {@code lastCap} are left out:
     * see {@link #unavailable}.
     *
     * @param lastCap the newest capability of the running kernel (/proc/sys/kernel/cap_last_cap)
     */
    public static long mask(Collection<String> words, int lastCap)
    {
        long mask = 0;
        for (String word : words) {
            mask |= byWord(word).filter(c -> c.number() <= lastCap).map(c -> 1L << c.number()).orElse(0L);
        }
        return mask;
    }

    /** The names that {@link #mask} leaves out, for the warning {@code ignoring unknown or unavailable capabilities}; each once. */
    public static List<String> unavailable(Collection<String> words, int lastCap)
    {
        List<String> names = new ArrayList<>();
        for (String word : words) {
            if (byWord(word).filter(c -> c.number() <= lastCap).isEmpty() && !names.contains(word)) {
                names.add(word);
            }
        }
        return names;
    }
}
