package io.jrunc.os;

import io.jrunc.error.BugException;
import io.jrunc.error.Diagnosis;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * libseccomp.so.2, opened the first time a filter must really be compiled and kept for the life of the process.
 *
 * <p>{@link #identity()} tells which library would be used without opening it, so that a cached filter costs no dlopen.
 * One lock guards every call: libseccomp keeps unlocked process-wide state about the kernel's abilities.
 */
public final class LibSeccomp
{
    private static final String SONAME = "libseccomp.so.2";

    /** Where distributions keep it; first hit wins. Elsewhere the dynamic linker's own search decides. */
    private static final List<String> FOLDERS = List.of(
            "/usr/lib/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/lib64",
            "/lib");

    /** Size of struct scmp_arg_cmp: two 32-bit words, two 64-bit ones. */
    private static final int COMPARISON_SIZE = 24;

    private static final int ATTRIBUTE_NO_NEW_PRIVS = 3;
    private static final int ATTRIBUTE_OPTIMIZE = 8;

    private static final Object LOCK = new Object();
    private static LibSeccomp loaded;

    private final LibSeccompBinding binding;
    private final Runtime runtime;
    private final String identity;

    private LibSeccomp(LibSeccompBinding binding, String identity)
    {
        this.binding = binding;
        this.runtime = Runtime.getRuntime(binding);
        this.identity = identity;
    }

    /**
     * One condition on an argument of a system call.
     *
     * @param argument 0 to 5
     * @param operator SCMP_CMP_*: NE 1, LT 2, LE 3, EQ 4, GE 5, GT 6, MASKED_EQ 7
     * @param first unsigned; the mask of MASKED_EQ, else the value compared with
     * @param second unsigned; the value of MASKED_EQ, else unused
     */
    public record Comparison(int argument, int operator, long first, long second) {}

    /**
     * The library, opened now if it was not yet.
     *
     * @throws HostException when it is not installed or cannot be opened
     */
    public static LibSeccomp load()
    {
        synchronized (LOCK) {
            if (loaded == null) {
                loaded = open(locate());
            }
            return loaded;
        }
    }

    /** Whether this process has opened the library. */
    public static boolean isLoaded()
    {
        synchronized (LOCK) {
            return loaded != null;
        }
    }

    /**
     * A text that changes whenever another build of libseccomp would compile filters: real path, size and time of the file.
     *
     * <p>Once the library is open it is that of the open one: an upgrade below a resident engine changes nothing for it.
     * Does not open the library where it lies in a usual folder; elsewhere it must, and then names the version.
     *
     * @throws HostException when it is not installed
     */
    public static String identity()
    {
        synchronized (LOCK) {
            if (loaded != null) {
                return loaded.identity;
            }
        }
        Optional<Path> file = locate();
        return file.isPresent() ? identityOf(file.get()) : load().identity;
    }

    /** For example {@code 2.5.4}. */
    public String version()
    {
        synchronized (LOCK) {
            Pointer version = binding.seccomp_version();
            return version.getInt(0) + "." + version.getInt(4) + "." + version.getInt(8);
        }
    }

    /** What library and kernel can do together, see seccomp_api_get(3): 5 has notification, 6 has it reliably. */
    public int apiLevel()
    {
        synchronized (LOCK) {
            return binding.seccomp_api_get();
        }
    }

    /** The SCMP_ARCH_* token of the machine. */
    public int nativeArch()
    {
        synchronized (LOCK) {
            return binding.seccomp_arch_native();
        }
    }

    /**
     * The number that rules use for a system call; below zero (a pseudo number) when only other architectures have it.
     *
     * @return empty when the library does not know the name on any architecture
     */
    public OptionalInt resolve(String syscall)
    {
        synchronized (LOCK) {
            return known(binding.seccomp_syscall_resolve_name(syscall));
        }
    }

    /**
     * The number of a system call on one architecture, x32 with bit 30 set.
     *
     * @param arch SCMP_ARCH_* token
     * @return empty when that architecture has no such call, or the library does not know it
     */
    public OptionalInt resolve(int arch, String syscall)
    {
        synchronized (LOCK) {
            OptionalInt number = known(binding.seccomp_syscall_resolve_name_arch(arch, syscall));
            return number.isPresent() && number.getAsInt() < 0 ? OptionalInt.empty() : number;
        }
    }

    /**
     * An empty filter for the native architecture.
     *
     * @param defaultAction SCMP_ACT_* with its errno or trace value in the low 16 bits
     * @throws ErrnoException EINVAL when the kernel or the library does not have that action
     */
    public Filter filter(int defaultAction)
    {
        synchronized (LOCK) {
            Pointer context = binding.seccomp_init(defaultAction);
            if (context == null) {
                throw new ErrnoException("seccomp_init", "0x" + Integer.toHexString(defaultAction), Errno.EINVAL);
            }
            Filter filter = new Filter(context);
            // jrunc sets no_new_privs as its own step, when the config asks for it and at its own place in the order.
            filter.set(ATTRIBUTE_NO_NEW_PRIVS, 0);
            return filter;
        }
    }

    /** A filter being built; close() frees it. */
    public final class Filter implements AutoCloseable
    {
        private Pointer context;

        private Filter(Pointer context)
        {
            this.context = context;
        }

        /**
         * Covers one more architecture; adding one twice is no error.
         *
         * @param arch SCMP_ARCH_* token
         * @throws ErrnoException EINVAL when the library does not know it, EDOM when its endianness is not the filter's
         */
        public void addArch(int arch)
        {
            synchronized (LOCK) {
                int result = binding.seccomp_arch_add(open(), arch);
                if (result != -Errno.EEXIST) {
                    check(result, "seccomp_arch_add", "0x" + Integer.toHexString(arch));
                }
            }
        }

        /**
         * Adds one rule whose conditions must all hold; no condition = always.
         *
         * @param syscall as {@link LibSeccomp#resolve(String)} gave it; architectures without the call are left out silently
         * @throws ErrnoException what the library answered, e.g. EEXIST for a rule that contradicts an earlier one
         */
        public void addRule(int action, int syscall, String name, List<Comparison> conditions)
        {
            Pointer array = conditions.isEmpty() ? null : Memory.allocateDirect(runtime, conditions.size() * COMPARISON_SIZE);
            for (int i = 0; i < conditions.size(); i++) {
                Comparison condition = conditions.get(i);
                int at = i * COMPARISON_SIZE;
                array.putInt(at, condition.argument());
                array.putInt(at + 4, condition.operator());
                array.putLong(at + 8, condition.first());
                array.putLong(at + 16, condition.second());
            }
            synchronized (LOCK) {
                check(binding.seccomp_rule_add_array(open(), action, syscall, conditions.size(), array), "seccomp_rule_add", name);
            }
        }

        /**
         * Sorts the system calls into a binary tree instead of a chain. Only worth it, and only right, with rules present.
         *
         * @return false when the library is older than 2.5 and cannot
         */
        public boolean useBinaryTree()
        {
            synchronized (LOCK) {
                return binding.seccomp_attr_set(open(), ATTRIBUTE_OPTIMIZE, 2) == 0;
            }
        }

        /** The program as an array of struct sock_filter in this machine's byte order. */
        public byte[] export()
        {
            synchronized (LOCK) {
                return LibSeccompKernel.written(fd -> check(binding.seccomp_export_bpf(open(), fd), "seccomp_export_bpf", ""));
            }
        }

        @Override
        public void close()
        {
            synchronized (LOCK) {
                if (context != null) {
                    binding.seccomp_release(context);
                    context = null;
                }
            }
        }

        private void set(int attribute, int value)
        {
            check(binding.seccomp_attr_set(open(), attribute, value), "seccomp_attr_set", Integer.toString(attribute));
        }

        private Pointer open()
        {
            if (context == null) {
                throw new BugException("a seccomp filter was used after it was closed");
            }
            return context;
        }
    }

    static LibSeccomp open(Optional<Path> file)
    {
        try {
            // The very file whose identity goes into cache keys, not whatever a search would find.
            LibSeccompBinding binding = LibraryLoader.create(LibSeccompBinding.class)
                    .failImmediately()
                    .load(file.map(Path::toString).orElse(SONAME));
            LibSeccomp library = new LibSeccomp(binding, file.map(LibSeccomp::identityOf).orElse(SONAME));
            return file.isPresent() ? library : new LibSeccomp(binding, SONAME + " " + library.version());
        }
        catch (UnsatisfiedLinkError unusable) {
            if (file.isEmpty()) {
                throw absent(unusable);
            }
            throw new HostException("this config has a seccomp section, and " + file.get() + " cannot be opened: "
                    + unusable.getMessage(), unusable);
        }
    }

    private static Optional<Path> locate()
    {
        for (String folder : FOLDERS) {
            try {
                return Optional.of(Path.of(folder, SONAME).toRealPath());
            }
            catch (IOException notHere) {
                // the next folder may have it
            }
        }
        return Optional.empty();
    }

    private static String identityOf(Path file)
    {
        try {
            BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
            return file + " " + facts.size() + " " + facts.lastModifiedTime().toMillis() + " " + facts.fileKey();
        }
        catch (IOException gone) {
            throw absent(gone);
        }
    }

    private static HostException absent(Throwable cause)
    {
        return new HostException(
                "this config has a seccomp section, and " + SONAME + " is not installed here",
                Diagnosis.NONE.withFix("install libseccomp 2.5 or newer (Debian: libseccomp2, Fedora: libseccomp)"),
                cause);
    }

    private static OptionalInt known(int number)
    {
        // -1 is __NR_SCMP_ERROR; the pseudo numbers of calls that this architecture lacks lie far below it.
        return number == -1 ? OptionalInt.empty() : OptionalInt.of(number);
    }

    private static void check(int result, String call, String object)
    {
        if (result < 0) {
            throw new ErrnoException(call, object, -result);
        }
    }
}
