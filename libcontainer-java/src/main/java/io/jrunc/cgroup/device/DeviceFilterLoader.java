package io.jrunc.cgroup.device;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.BpfCalls;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.ProcessCalls;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.jrunc.error.Errno.EACCES;
import static io.jrunc.error.Errno.EINVAL;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.EPERM;

/**
 * Loads a device filter and makes it the only one of a cgroup. The kernel keeps it as long as the cgroup lives. The last ones
 * stay open here: most containers have the same devices, and to verify a program takes the kernel longer than all else about it.
 */
public final class DeviceFilterLoader
{
    /** Filters of cgroups above and below all have their say; without it the kernel refuses where one is above. */
    private static final int ALLOW_MULTI = 2;
    private static final int REPLACE = 4;

    private static final int PROGRAM_TYPE_CGROUP_DEVICE = 15;
    private static final int CGROUP_DEVICE = 6;
    private static final int RLIMIT_MEMLOCK = 8;

    private static final int MOST_OPEN = 4;
    /** By their instructions. Guarded by itself. */
    private static final Map<ByteBuffer, Fd> OPEN = new LinkedHashMap<>(MOST_OPEN, 0.75f, true)
    {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Fd> eldest)
        {
            boolean many = size() > MOST_OPEN;
            if (many) {
                eldest.getValue().close();
            }
            return many;
        }
    };

    private DeviceFilterLoader() {}

    /**
     * @param cgroup an open directory of the v2 hierarchy
     * @param fresh nobody can have attached one yet: the directory was made a moment ago
     * @throws ErrnoException as bpf(2) said it; the old filters are still in force then
     */
    public static void attach(Fd cgroup, byte[] program, boolean fresh)
    {
        List<Fd> old = new ArrayList<>();
        try {
            if (!fresh) {
                openAttached(cgroup, old);
            }
            // The kernel takes the same program in the place of itself, but not beside itself.
            try (Fd filter = old.size() > 1 ? load(program) : loaded(program)) {
                if (old.size() == 1) {
                    // One system call, so that no moment passes without a filter or with both.
                    BpfCalls.attach(cgroup, filter, CGROUP_DEVICE, ALLOW_MULTI | REPLACE, Optional.of(old.getFirst()));
                    return;
                }
                // Several filters all must agree, so adding ours first never opens anything.
                add(cgroup, filter, program);
                for (Fd each : old) {
                    BpfCalls.detach(cgroup, each, CGROUP_DEVICE);
                }
            }
        }
        finally {
            old.forEach(Fd::close);
        }
    }

    private static void add(Fd cgroup, Fd filter, byte[] program)
    {
        try {
            BpfCalls.attach(cgroup, filter, CGROUP_DEVICE, ALLOW_MULTI, Optional.empty());
        }
        catch (ErrnoException e) {
            if (!e.is(EINVAL)) {
                throw e;
            }
            // The same one is there, where we may not see it: another copy of it then.
            try (Fd copy = load(program)) {
                BpfCalls.attach(cgroup, copy, CGROUP_DEVICE, ALLOW_MULTI, Optional.empty());
            }
        }
    }

    /** @return a descriptor for the taker alone */
    private static Fd loaded(byte[] program)
    {
        ByteBuffer key = ByteBuffer.wrap(program);
        synchronized (OPEN) {
            Fd known = OPEN.get(key);
            if (known == null) {
                known = load(program);
                OPEN.put(key, known);
            }
            return FileCalls.duplicate(known);
        }
    }

    /** Until Linux 5.11 programs count as locked memory of the loading process; the limit is the engine's, never a container's. */
    private static Fd load(byte[] program)
    {
        try {
            return BpfCalls.load(PROGRAM_TYPE_CGROUP_DEVICE, program, "Apache-2.0", "jrunc_devices");
        }
        catch (ErrnoException e) {
            if (!e.is(EPERM)) {
                throw e;
            }
        }
        ProcessCalls.limit(ProcessCalls.pid(), RLIMIT_MEMLOCK, -1, -1);
        return BpfCalls.load(PROGRAM_TYPE_CGROUP_DEVICE, program, "Apache-2.0", "jrunc_devices");
    }

    private static void openAttached(Fd cgroup, List<Fd> old)
    {
        for (int id : BpfCalls.attached(cgroup, CGROUP_DEVICE)) {
            try {
                old.add(BpfCalls.byId(id));
            }
            catch (ErrnoException e) {
                // One that a security module hides from us can only forbid more; one that has gone forbids nothing.
                if (!e.is(EPERM, EACCES, ENOENT)) {
                    throw e;
                }
            }
        }
    }
}
