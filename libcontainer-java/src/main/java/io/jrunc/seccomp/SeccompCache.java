package io.jrunc.seccomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.jrunc.error.BugException;
import io.jrunc.error.HostException;
import io.jrunc.error.SpecException;
import io.jrunc.os.LibSeccomp;
import io.jrunc.spec.Seccomp;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Compiled filters, remembered in memory and in a folder. The way from a config's seccomp section to its program.
 *
 * <p>A program is found again by a SHA-256 over all that shapes it: the section's rules, the library that compiles
 * ({@link LibSeccomp#identity()}), the kernel's release and machine. Flags and listener do not shape it and come from the
 * section each time. A hit opens no libseccomp. A folder that cannot be used, or a damaged file in it, costs a compilation
 * and a debug line, never the container. Safe for several threads and several processes on one folder.
 */
public final class SeccompCache
{
    /** Raise when {@link SeccompCompiler} or {@link EnosysPrologue} makes another program of the same section. */
    private static final int RECIPE = 1;

    private static final int MOST_IN_MEMORY = 32;

    private final ProgramFolder folder;

    private final Map<String, byte[]> memory = new LinkedHashMap<>(16, 0.75f, true)
    {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, byte[]> eldest)
        {
            return size() > MOST_IN_MEMORY;
        }
    };
    private volatile Known last;

    /**
     * @param folder made with mode 0700 when the first program is stored; must then be the caller's alone
     * @param euid effective user id of this process
     */
    public SeccompCache(Path folder, int euid)
    {
        this(new ProgramFolder(folder, euid, ProgramFolder.Limits.USUAL));
    }

    SeccompCache(ProgramFolder folder)
    {
        this.folder = requireNonNull(folder);
    }

    /**
     * The program for a section, from memory, from the folder, or compiled and then remembered.
     *
     * @param debug takes one line for each oddity. Of this call alone: the next is another caller's, and this one's may have gone by then
     * @throws SpecException for what is wrong with the section
     * @throws HostException when kernel or libseccomp cannot do what it asks, or libseccomp is missing
     */
    public SeccompProgram program(Seccomp section, Consumer<String> debug)
    {
        // The very object: an engine that knows a config.json already need not look at 400 names to find what it had for them.
        Known known = last;
        if (known != null && known.section() == section) {
            return known.program();
        }
        Profile profile = Profile.of(section);
        SeccompProgram program = profile.with(bytes(profile, debug));
        last = new Known(section, program);
        return program;
    }

    private record Known(Seccomp section, SeccompProgram program) {}

    private byte[] bytes(Profile profile, Consumer<String> debug)
    {
        byte[] hash = hash(profile);
        String key = HexFormat.of().formatHex(hash);
        synchronized (memory) {
            byte[] known = memory.get(key);
            if (known != null) {
                return known;
            }
        }
        byte[] program = folder.find(key, debug).orElseGet(() -> {
            byte[] compiled = new SeccompCompiler(debug).compile(profile);
            folder.store(key, compiled, debug);
            return compiled;
        });
        synchronized (memory) {
            memory.put(key, program);
        }
        return program;
    }

    private static byte[] hash(Profile profile)
    {
        MessageDigest digest = sha256();
        String facts = RECIPE + "\n" + LibSeccomp.identity() + "\n" + System.getProperty("os.version") + "\n"
                + System.getProperty("os.arch") + "\n";
        digest.update(facts.getBytes(UTF_8));
        return digest.digest(profile.canonicalBytes());
    }

    static MessageDigest sha256()
    {
        try {
            return MessageDigest.getInstance("SHA-256");
        }
        catch (NoSuchAlgorithmException impossible) {
            throw new BugException("this Java has no SHA-256", impossible);
        }
    }
}
