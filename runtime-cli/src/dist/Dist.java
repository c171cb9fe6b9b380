import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Puts target/dist together: launcher, runtime, jars, native library, AOT cache, build id.
 *
 * <p>Run by Maven in the package phase with the JDK that compiles jrunc; that JDK's jlink and class-file library do the
 * work; {@link StartUp} does the part that a shell script could not.
 * Arguments: top folder, the command line's jar, folder of its dependencies, time for all files, version,
 * whether to make the AOT cache.
 */
final class Dist
{
    /** What the engine needs of the JDK; jdeps says the same, less what only dead code of libraries asks for. */
    private static final String MODULES = "java.base,java.logging,jdk.unsupported";

    /** One AOT cache for each mode of an engine. */
    private enum Cache
    {
        RESIDENT("lib/resident.aot", "--train"),
        ONE_SHOT("lib/one-shot.aot", "--train-few");

        private final String file;
        private final String training;

        Cache(String file, String training)
        {
            this.file = file;
            this.training = training;
        }
    }

    private final Path top;
    private final Path dist;
    private final Instant time;
    private final String version;

    private Dist(Path top, Instant time, String version)
    {
        this.version = version;
        this.top = top;
        this.dist = top.resolve("target/dist");
        this.time = time;
    }

    public static void main(String... args) throws Exception
    {
        Dist self = new Dist(Path.of(args[0]).toRealPath(), Instant.parse(args[3]), args[4]);
        self.assemble(Path.of(args[1]), Path.of(args[2]), Boolean.parseBoolean(args[5]));
    }

    private void assemble(Path mainJar, Path dependencies, boolean aot) throws Exception
    {
        runtime();
        List<String> jars = jars(mainJar, dependencies);
        nativeLibrary(dependencies);
        copy(top.resolve("native-shim/build/jrunc"), dist.resolve("bin/jrunc"), "rwxr-xr-x");
        share();
        Path options = options(jars);
        // Before the training run: the cache remembers the times of the jars.
        fixTimes();
        forgetCaches();
        if (aot) {
            for (Cache cache : Cache.values()) {
                train(options, cache);
            }
        }
        write(dist.resolve("lib/build-id"), buildId() + "\n");
        closeToOthers();
        fixTimes();
        say("ready: " + top.relativize(dist) + (aot ? "" : " (without the AOT caches)"));
    }

    private void forgetCaches() throws IOException
    {
        try (Stream<Path> old = Files.list(dist.resolve("lib")).filter(file -> file.toString().endsWith(".aot"))) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
    }

    /** jlink takes seconds, so its result stays while the JDK and the module list do. */
    private void runtime() throws IOException
    {
        Path runtime = dist.resolve("lib/runtime");
        Path stamp = top.resolve("target/runtime.stamp");
        String wanted = System.getProperty("java.home") + " " + Runtime.version() + " " + MODULES;
        if (Files.exists(stamp) && Files.readString(stamp).equals(wanted) && Files.exists(runtime.resolve("bin/java"))) {
            return;
        }
        say("linking a runtime of " + MODULES);
        deleteTree(runtime);
        Files.createDirectories(runtime.getParent());
        ToolProvider jlink = ToolProvider.findFirst("jlink").orElseThrow(() -> new IllegalStateException("this JDK has no jlink: " + System.getProperty("java.home")));
        int code = jlink.run(System.out, System.err, "--add-modules", MODULES, "--strip-debug", "--no-header-files", "--no-man-pages",
                "--output", runtime.toString());
        if (code != 0) {
            throw new IllegalStateException("jlink failed with code " + code);
        }
        Files.writeString(stamp, wanted);
    }

    private List<String> jars(Path mainJar, Path dependencies) throws IOException
    {
        Path app = dist.resolve("lib/app");
        deleteTree(app);
        Files.createDirectories(app);
        List<Path> sources = new ArrayList<>();
        sources.add(mainJar);
        try (Stream<Path> found = Files.list(dependencies)) {
            found.filter(jar -> jar.toString().endsWith(".jar") && !jar.toString().endsWith("-native.jar")).sorted().forEach(sources::add);
        }
        List<String> names = new ArrayList<>();
        List<URL> urls = new ArrayList<>();
        for (Path source : sources) {
            urls.add(source.toUri().toURL());
        }
        try (URLClassLoader all = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            StartUp startUp = new StartUp(all);
            for (Path source : sources) {
                repack(source, app.resolve(source.getFileName()), startUp);
                names.add(source.getFileName().toString());
            }
        }
        return names;
    }

    /** Copies a jar: entries sorted, times fixed, nothing compressed, classes made fit for the AOT cache. */
    private void repack(Path from, Path to, StartUp startUp) throws IOException
    {
        Map<String, byte[]> entries = new TreeMap<>();
        try (ZipFile zip = new ZipFile(from.toFile())) {
            for (var each = zip.entries(); each.hasMoreElements();) {
                ZipEntry entry = each.nextElement();
                if (!entry.isDirectory()) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        entries.put(entry.getName(), in.readAllBytes());
                    }
                }
            }
        }
        // Classes for one version of the JDK alone stay as they are: they replace others, and none of them matters at a start.
        Map<String, byte[]> classes = new TreeMap<>(entries);
        classes.keySet().removeIf(name -> !name.endsWith(".class") || name.startsWith("META-INF/"));
        classes.replaceAll((name, bytes) -> startUp.lifted(bytes));
        startUp.settle(classes);
        entries.putAll(classes);
        LocalDateTime stamp = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
            out.setLevel(0);
            List<String> names = new ArrayList<>(entries.keySet());
            names.sort(Comparator.comparing((String name) -> !name.equals("META-INF/MANIFEST.MF")).thenComparing(Comparator.naturalOrder()));
            for (String name : names) {
                ZipEntry entry = new ZipEntry(name);
                entry.setTimeLocal(stamp);
                out.putNextEntry(entry);
                out.write(entries.get(name));
                out.closeEntry();
            }
        }
    }

    /** Unpacked, so that nothing is ever written to /tmp and loaded from there. */
    private void nativeLibrary(Path dependencies) throws IOException
    {
        String arch = switch (System.getProperty("os.arch")) {
            case "amd64" -> "x86_64";
            case String other -> other;
        };
        Path folder = dist.resolve("lib/native");
        deleteTree(folder);
        Files.createDirectories(folder);
        try (Stream<Path> found = Files.list(dependencies)) {
            Path jar = found.filter(each -> each.toString().endsWith("-native.jar")).findFirst()
                    .orElseThrow(() -> new IllegalStateException("no native jar of jffi in " + dependencies));
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                ZipEntry entry = zip.getEntry("jni/" + arch + "-Linux/libjffi-1.2.so");
                if (entry == null) {
                    throw new IllegalStateException(jar.getFileName() + " has no library for " + arch);
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.copy(in, folder.resolve("libjffi-1.2.so"));
                }
            }
        }
    }

    private void share() throws IOException
    {
        Path share = dist.resolve("share");
        deleteTree(share);
        copy(top.resolve("LICENSE"), share.resolve("LICENSE"), "rw-r--r--");
        Path source = top.resolve("share");
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                copy(file, share.resolve(source.relativize(file).toString()), "rw-r--r--");
            }
        }
    }

    /** One argument of java a line, up to the main class; the launcher puts the folder of the distribution for @ROOT@. */
    private Path options(List<String> jars) throws IOException, InterruptedException
    {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(top.resolve("runtime-cli/src/dist/jvm.options"))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                lines.add(line.replace("@COMMIT@", commit()).replace("@VERSION@", version));
            }
        }
        // The boot class loader looks into no manifest or signature. The class path, on which nothing is looked for, must lie in the
        // same folder: from what both begin with the JVM sees that a distribution has moved with its cache.
        lines.add("-Xbootclasspath/a:" + String.join(":", jars.stream().map(name -> "@ROOT@/lib/app/" + name).toList()));
        lines.add("-cp");
        lines.add("@ROOT@/lib/app/" + jars.getFirst());
        lines.add("io.jrunc.cli.Main");
        Path file = dist.resolve("lib/jvm.options");
        write(file, String.join("\n", lines) + "\n");
        return file;
    }

    /** Empty when built outside a git work tree, as from a source archive. */
    private String commit() throws IOException, InterruptedException
    {
        if (!Files.exists(top.resolve(".git"))) {
            return "";
        }
        Process git = new ProcessBuilder("git", "-c", "safe.directory=*", "rev-parse", "HEAD").directory(top.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return git.waitFor() == 0 ? text : "";
    }

    /** Runs the engine over what real commands do and keeps its classes, linked, for every later start. */
    private void train(Path options, Cache kind) throws IOException, InterruptedException
    {
        say("training run for " + kind.file);
        Path cache = dist.resolve(kind.file);
        Path work = Files.createTempDirectory(top.resolve("target"), "train");
        List<String> command = new ArrayList<>();
        command.add(dist.resolve("lib/runtime/bin/java").toString());
        for (String line : Files.readAllLines(options)) {
            if (line.startsWith("--resident ") || line.startsWith("--one-shot ")) {
                continue;
            }
            command.add(line.replace("@ROOT@", dist.toString()));
        }
        command.add(1, "-XX:AOTCacheOutput=" + cache);
        command.add(kind.training);
        command.add(work.toString());
        Path log = top.resolve("target/train.log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // The environment that the launcher gives, too.
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        deleteTree(work);
        if (!ended || process.exitValue() != 0 || !Files.exists(cache)) {
            throw new IllegalStateException("the training run " + (ended ? "failed" : "hung") + "; see " + log + "\n" + Files.readString(log));
        }
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** A hash over names and contents. The AOT caches are left out: they differ from build to build and change no behaviour. */
    private String buildId() throws IOException, NoSuchAlgorithmException
    {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (DigestOutputStream out = new DigestOutputStream(java.io.OutputStream.nullOutputStream(), digest)) {
            for (Path file : files()) {
                String name = dist.relativize(file).toString();
                if (!name.endsWith(".aot") && !name.equals("lib/build-id")) {
                    out.write((name + "\0" + Files.size(file) + "\0").getBytes(StandardCharsets.UTF_8));
                    Files.copy(file, out);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private List<Path> files() throws IOException
    {
        try (Stream<Path> all = Files.walk(dist)) {
            return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).sorted().toList();
        }
    }

    /** Whatever the builder's umask is: the launcher trusts no file that somebody else could write. */
    private void closeToOthers() throws IOException
    {
        List<Path> everything;
        try (Stream<Path> all = Files.walk(dist)) {
            everything = all.filter(path -> !Files.isSymbolicLink(path)).toList();
        }
        for (Path path : everything) {
            Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(path));
            if (permissions.removeAll(Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE))) {
                Files.setPosixFilePermissions(path, permissions);
            }
        }
    }

    private void fixTimes() throws IOException
    {
        for (Path file : files()) {
            Files.setLastModifiedTime(file, FileTime.from(time));
        }
    }

    private static void copy(Path from, Path to, String mode) throws IOException
    {
        if (!Files.exists(from)) {
            throw new IllegalStateException(from + " is missing: an earlier module of the build makes it");
        }
        Files.createDirectories(to.getParent());
        // Through another name: the file may be running, and an open executable cannot be overwritten.
        Path fresh = to.resolveSibling(to.getFileName() + ".new");
        Files.copy(from, fresh, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(mode));
        Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void write(Path file, String text) throws IOException
    {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private static void deleteTree(Path tree) throws IOException
    {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                }
                catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static void say(String text)
    {
        System.out.println("dist: " + text);
    }
}
