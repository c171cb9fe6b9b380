package io.jrunc.seccomp;

import static io.jrunc.seccomp.Profiles.withDefault;
import static io.jrunc.spec.SeccompAction.ALLOW;
import static io.jrunc.spec.SeccompAction.ERRNO;
import static io.jrunc.spec.SeccompAction.KILL;
import static io.jrunc.spec.SeccompAction.NOTIFY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.spec.Seccomp;
import io.jrunc.spec.SeccompFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeccompCacheTest
{
    private static final Seccomp SECTION = withDefault(ERRNO).rule(ALLOW, "read write openat2").section();

    /** Every compilation, and nothing else, leaves this. */
    private static final String COMPILED = "libseccomp compiles a filter";

    @TempDir
    private Path parent;

    private final List<String> debug = new ArrayList<>();
    private Path folder;
    private int euid;

    @BeforeEach
    void needs()
            throws IOException
    {
        assumeTrue(SeccompFacts.libraryVersion().isPresent(), "needs: libseccomp.so.2");
        folder = parent.resolve("made/seccomp");
        euid = (int) Files.getAttribute(parent, "unix:uid");
    }

    @Test
    void theSecondTimeNothingIsCompiledInThisProcessOrAnother()
            throws IOException
    {
        SeccompCache cache = cache();
        SeccompProgram first = cache.program(SECTION, debug::add);
        SeccompProgram second = cache.program(SECTION, debug::add);
        SeccompProgram afterRestart = cache().program(SECTION, debug::add);

        assertThat(compilations()).isEqualTo(1);
        assertThat(second).isEqualTo(first);
        assertThat(afterRestart).isEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files().getFirst()))).isEqualTo("rw-------");
    }

    @Test
    void flagsAndListenerComeFromTheSectionNotFromTheFile()
    {
        Profiles notifying = withDefault(ALLOW).flags().listener("/run/one", "1").rule(NOTIFY, "mkdir");
        assertThat(cache().program(notifying.section(), debug::add).listenerPath()).contains("/run/one");
        SeccompProgram other = cache().program(notifying.listener("/run/two", "2").flags(SeccompFlag.LOG).section(), debug::add);

        assertThat(compilations()).isEqualTo(1);
        assertThat(other.listenerPath()).contains("/run/two");
        assertThat(other.metadata()).contains("2");
        assertThat(other.flags()).isEqualTo(8 | 2);
    }

    @Test
    void anyOtherRuleIsAnotherProgram()
            throws IOException
    {
        SeccompCache cache = cache();
        cache.program(SECTION, debug::add);
        cache.program(withDefault(KILL).rule(ALLOW, "read write openat2").section(), debug::add);
        cache.program(withDefault(ERRNO).rule(ALLOW, "read write").rule(ALLOW, "openat2").section(), debug::add);
        cache.program(withDefault(ERRNO).rule(ALLOW, "read write openat").section(), debug::add);
        assertThat(files()).hasSize(4);
    }

    @Test
    void aDamagedFileIsCompiledAnewAndReplaced()
            throws IOException
    {
        SeccompProgram good = cache().program(SECTION, debug::add);
        Path file = files().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        assertThat(cache().program(SECTION, debug::add)).isEqualTo(good);
        assertThat(debug).contains("seccomp cache: file " + file.getFileName() + " is damaged, compiling anew");
        bytes[bytes.length - 1] ^= 1;
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }

    @Test
    void aTruncatedAndAnEmptyAndAnEndlessFileAreNotBelieved()
            throws IOException
    {
        SeccompProgram good = cache().program(SECTION, debug::add);
        Path file = files().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        for (byte[] bad : List.of(Arrays.copyOf(bytes, bytes.length - 8), new byte[0], new byte[1 << 20])) {
            Files.write(file, bad);
            assertThat(cache().program(SECTION, debug::add)).isEqualTo(good);
        }
        assertThat(debug).filteredOn(line -> line.endsWith("is damaged, compiling anew")).hasSize(3);
    }

    @Test
    void aFileUnderAnotherKeyIsNotBelieved()
            throws IOException
    {
        Seccomp permissive = withDefault(ALLOW).rule(ERRNO, "mkdir").section();
        cache().program(permissive, debug::add);
        Path wide = files().getFirst();
        cache().program(SECTION, debug::add);
        Path strict = files().stream().filter(file -> !file.equals(wide)).findFirst().orElseThrow();
        SeccompProgram right = cache().program(SECTION, debug::add);

        Files.write(strict, Files.readAllBytes(wide));
        assertThat(cache().program(SECTION, debug::add)).isEqualTo(right);
    }

    @Test
    void aLinkInTheFolderIsNotFollowed()
            throws IOException
    {
        cache().program(SECTION, debug::add);
        Path file = files().getFirst();
        Path moved = Files.move(file, parent.resolve("elsewhere"));
        Files.createSymbolicLink(file, moved);
        int before = compilations();
        cache().program(SECTION, debug::add);
        assertThat(compilations()).isEqualTo(before + 1);
        assertThat(Files.isSymbolicLink(file)).as("replaced by a file").isFalse();
    }

    @Test
    void aFolderThatOthersMayEnterIsNotUsed()
            throws IOException
    {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        cache().program(SECTION, debug::add);
        assertThat(files()).isEmpty();
        assertThat(debug).contains("seccomp cache: " + folder + " is not the private directory of uid " + euid);
    }

    @Test
    void aFolderOfAnotherUserIsNotUsed()
            throws IOException
    {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        cacheOf(euid + 1, ProgramFolder.Limits.USUAL).program(SECTION, debug::add);
        assertThat(files()).isEmpty();
        assertThat(debug).contains("seccomp cache: " + folder + " is not the private directory of uid " + (euid + 1));
    }

    @Test
    void aLinkInsteadOfTheFolderIsNotUsed()
            throws IOException
    {
        Path real = Files.createDirectories(
                parent.resolve("real"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createDirectories(folder.getParent());
        Files.createSymbolicLink(folder, real);
        cache().program(SECTION, debug::add);
        assertThat(real).isEmptyDirectory();
        assertThat(debug).contains("seccomp cache: " + folder + " is not a directory");
    }

    @Test
    void aFileInsteadOfTheFolderCostsOnlyACompilation()
            throws IOException
    {
        Files.createDirectories(folder.getParent());
        Files.createFile(folder);
        assertThat(cache().program(SECTION, debug::add).instructions()).isPositive();
        assertThat(debug).isNotEmpty();
    }

    @Test
    void theOldestProgramsGoWhenThereAreTooMany()
            throws IOException
    {
        SeccompCache cache = cacheOf(euid, new ProgramFolder.Limits(3, 1 << 20));
        List<Path> stored = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            List<Path> before = files();
            cache.program(withDefault(ALLOW).errno(i + 1, "mkdir").section(), debug::add);
            Path added = files().stream().filter(file -> !before.contains(file)).findFirst().orElseThrow();
            // ages as if a minute lay between them
            Files.setLastModifiedTime(added, FileTime.fromMillis(1_000_000_000_000L + 60_000L * i));
            stored.add(added);
        }
        assertThat(files()).containsExactlyInAnyOrderElementsOf(stored.subList(2, 5));
    }

    @Test
    void theOldestProgramsGoWhenTheyAreTooLargeTogether()
            throws IOException
    {
        SeccompCache cache = cacheOf(euid, new ProgramFolder.Limits(100, 40_000));
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path old = Files.write(folder.resolve("old"), new byte[30_000]);
        Path older = Files.write(folder.resolve("older"), new byte[30_000]);
        Files.setLastModifiedTime(old, FileTime.fromMillis(1_000_000_000_000L));
        Files.setLastModifiedTime(older, FileTime.fromMillis(999_999_000_000L));
        cache.program(SECTION, debug::add);
        assertThat(files()).contains(old).doesNotContain(older).hasSize(2);
    }

    @Test
    void aHitOfALargeProfileCostsASmallPartOfACompilation()
    {
        Seccomp large = Profiles.large("allow-list.json");
        cache().program(large, debug::add);
        long hit = quickest(400, () -> cache().program(large, debug::add));
        assertThat(compilations()).isEqualTo(1);
        long compilation = quickest(20, () -> new SeccompCompiler(line -> { }).program(large));
        assertThat(hit).as("nanoseconds, a compilation takes %d", compilation).isLessThan(compilation / 20);
    }

    /** Other work on the machine can only slow something down, so its quickest time tells its cost. */
    private static long quickest(int times, Runnable what)
    {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            what.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    private SeccompCache cache()
    {
        return cacheOf(euid, ProgramFolder.Limits.USUAL);
    }

    private SeccompCache cacheOf(int uid, ProgramFolder.Limits limits)
    {
        return new SeccompCache(new ProgramFolder(folder, uid, limits));
    }

    private int compilations()
    {
        return (int) debug.stream().filter(COMPILED::equals).count();
    }

    private List<Path> files()
            throws IOException
    {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    /** The cache outlives them: what it once said to one caller it does not say to the next. */
    @Test
    void eachCallerHearsOfItsOwnCompilationAlone()
    {
        SeccompCache cache = cache();
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        cache.program(SECTION, first::add);
        List<String> said = List.copyOf(first);
        cache.program(withDefault(KILL).rule(ALLOW, "read write").section(), second::add);
        assertThat(said).contains("libseccomp compiles a filter");
        assertThat(first).isEqualTo(said);
        assertThat(second).contains("libseccomp compiles a filter");
    }
}
