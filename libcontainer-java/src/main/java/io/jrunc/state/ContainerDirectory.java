package io.jrunc.state;

import static io.jrunc.error.Errno.EEXIST;
import static io.jrunc.error.Errno.ENOENT;
import static io.jrunc.error.Errno.ENOTDIR;
import static io.jrunc.error.Errno.ENOTEMPTY;
import static io.jrunc.os.FileCalls.O_APPEND;
import static io.jrunc.os.FileCalls.O_CREAT;
import static io.jrunc.os.FileCalls.O_DIRECTORY;
import static io.jrunc.os.FileCalls.O_EXCL;
import static io.jrunc.os.FileCalls.O_NOFOLLOW;
import static io.jrunc.os.FileCalls.O_NONBLOCK;
import static io.jrunc.os.FileCalls.O_RDONLY;
import static io.jrunc.os.FileCalls.O_RDWR;
import static io.jrunc.os.FileCalls.O_WRONLY;

import io.jrunc.error.Diagnosis;
import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.error.HostException;
import io.jrunc.error.StateException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * One container's directory below the state root, by descriptor: its lock, its journal, its state.
 *
 * <p>Files: {@code state.json}, {@code config.json} as the bundle had it, {@code journal}, and while the container is created the
 * fifos {@code start} and {@code report}.
 *
 * <p>The lock is flock(2) on the directory itself, so that nothing is left behind by it. A directory that was deleted meanwhile has
 * no links any more and counts as gone.
 */
public final class ContainerDirectory implements AutoCloseable
{
    private static final String STATE = "state.json";
    private static final String CONFIG = "config.json";
    private static final String JOURNAL = "journal";
    private static final String START = "start";
    private static final String REPORT = "report";
    private static final String NOTIFY = "notify";
    /** The name that programs in the container are told; docs of sd_notify(3) call for no particular one. */
    public static final String NOTIFY_SOCKET = "notify.sock";
    /** That every container has; the journal, which says what else is to be removed, goes last. */
    private static final List<String> FILES = List.of(CONFIG, STATE, JOURNAL);
    /** That some have for a while. */
    private static final List<String> PASSING = List.of(START, REPORT, CONFIG + ".new", STATE + ".new");

    private static final int LIMIT = 64 << 20;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(20);

    private final ContainerId id;
    private final Path path;
    private final Fd directory;
    /** What was written to the journal through this object, as text and as entries. */
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final List<Journal.Entry> entries = new ArrayList<>();

    private ContainerDirectory(ContainerId id, Path path, Fd directory)
    {
        this.id = id;
        this.path = path;
        this.directory = directory;
    }

    static Optional<ContainerDirectory> open(ContainerId id, Path path)
    {
        try {
            return Optional.of(new ContainerDirectory(id, path, FileCalls.open(path.toString(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)));
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT, ENOTDIR)) {
                return Optional.empty();
            }
            throw failed("open", path, e);
        }
    }

    static String reason(IOException e)
    {
        return e instanceof FileSystemException known && known.getReason() != null ? known.getReason().toLowerCase(java.util.Locale.ROOT) : String.valueOf(e.getMessage());
    }

    public ContainerId id()
    {
        return id;
    }

    public Path path()
    {
        return path;
    }

    /** The uid that owns the directory, and so the container. */
    public long owner()
    {
        return FileCalls.stat(directory).uid();
    }

    /**
     * Takes the container for this command alone; closing this object gives it back.
     *
     * @throws StateException when it was deleted meanwhile, or another command keeps it for longer than {@code patience}
     */
    public void lock(Duration patience)
    {
        lock(patience, true);
    }

    /** As {@link #lock}. @return false = it was deleted meanwhile */
    public boolean lockIfThere(Duration patience)
    {
        try {
            lock(patience);
            return true;
        }
        catch (StateException e) {
            if (deleted()) {
                return false;
            }
            throw e;
        }
    }

    /** As {@link #lock}, together with others who also only need it to stay as it is, such as exec. */
    public void lockShared(Duration patience)
    {
        lock(patience, false);
    }

    private void lock(Duration patience, boolean alone)
    {
        long end = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE.toNanos();
        while (!(alone ? FileCalls.tryLock(directory) : FileCalls.tryLockShared(directory))) {
            if (System.nanoTime() > end) {
                throw new StateException("container \"" + id + "\" is busy: another command has held it for more than " + patience.toSeconds() + " s",
                        Diagnosis.NONE.withFix("look for that command, or use: jrunc delete --force " + id), null);
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE.toNanos());
        }
        if (deleted()) {
            throw StateStore.noSuchContainer(id);
        }
    }

    /** Takes the container for this command alone if nobody has it. @return also false when it was deleted meanwhile */
    public boolean tryLock()
    {
        return FileCalls.tryLock(directory) && !deleted();
    }

    /** The directory has gone; another container may have its name by now. */
    boolean deleted()
    {
        return FileCalls.stat(directory).links() == 0;
    }

    void changeMode(int mode)
    {
        FileCalls.changeMode(directory, mode);
    }

    /** Gives the container back while this object stays open. */
    public void unlock()
    {
        FileCalls.unlock(directory);
    }

    /** The saved state; empty = creation did not get that far. */
    public Optional<ContainerState> state()
    {
        return read(STATE).map(ContainerState::parse);
    }

    public void saveState(ContainerState state)
    {
        replace(STATE, state.json(), true);
    }

    /** The bundle's config.json as it was when the container was created. */
    public Optional<byte[]> config()
    {
        return read(CONFIG);
    }

    public void saveConfig(byte[] config)
    {
        // Not synced: without a state.json, which comes later, nobody reads it.
        replace(CONFIG, config, false);
    }

    /** Writes an intent down; it is on its way to the disk when this returns. */
    public void begin(Journal.Entry entry)
    {
        byte[] line = Journal.line(entry);
        try (Fd file = FileCalls.openAt(directory, JOURNAL, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600)) {
            FileCalls.write(file, line);
        }
        catch (ErrnoException e) {
            throw failed("write the journal in", path, e);
        }
        lines.writeBytes(line);
        entries.add(entry);
    }

    /** What was begun, oldest first. */
    public List<Journal.Entry> begun()
    {
        // Who wrote all of it himself need not parse it.
        return read(JOURNAL).map(text -> Arrays.equals(text, lines.toByteArray()) ? List.copyOf(entries) : Journal.parse(text)).orElse(List.of());
    }

    /** The fifos of a container that waits for {@code start}: reading end of the one, writing end of the other. */
    public record StartFifos(Fd start, Fd report) {}

    /**
     * Makes both fifos and opens the init's ends.
     *
     * <p>The start fifo is opened for reading and writing, so that the init's read waits for a byte and not for a writer.
     */
    public StartFifos makeStartFifos()
    {
        try {
            FileCalls.mkfifoAt(directory, START, 0600);
            FileCalls.mkfifoAt(directory, REPORT, 0600);
            // Opening for writing alone needs a reader; this one is gone when the init has its end.
            try (Fd reader = FileCalls.openAt(directory, REPORT, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0)) {
                Fd report = FileCalls.openAt(directory, REPORT, O_WRONLY | O_NOFOLLOW, 0);
                try {
                    return new StartFifos(FileCalls.openAt(directory, START, O_RDWR | O_NOFOLLOW, 0), report);
                }
                catch (ErrnoException e) {
                    report.close();
                    throw e;
                }
            }
        }
        catch (ErrnoException e) {
            throw failed("make the start fifos in", path, e);
        }
    }

    /** Whether the init still waits for {@code start}. */
    public boolean awaitsStart()
    {
        return has(START);
    }

    /** Creation got so far that a state was saved. */
    public boolean hasState()
    {
        return has(STATE);
    }

    private boolean has(String name)
    {
        try {
            FileCalls.linkStatAt(directory, name);
            return true;
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT)) {
                return false;
            }
            throw failed("look at", path, e);
        }
    }

    /** The starter's end of the report fifo, not blocking. To be opened before the byte is written. */
    public Fd openReport()
    {
        return FileCalls.openAt(directory, REPORT, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
    }

    /** Lets the waiting init go on. */
    public void writeStart()
    {
        try (Fd start = FileCalls.openAt(directory, START, O_RDWR | O_NONBLOCK | O_NOFOLLOW, 0)) {
            FileCalls.write(start, new byte[] {'\n'});
        }
    }

    /** From here on the container is no longer "created". */
    public void removeStartFifos()
    {
        remove(START);
        remove(REPORT);
    }

    /** Removes the directory with all that is in it. Gone already is fine. */
    public void delete()
    {
        FILES.forEach(this::remove);
        if (removeEmpty()) {
            return;
        }
        PASSING.forEach(this::remove);
        removeNotify();
        if (!removeEmpty()) {
            throw new StateException("the state directory " + path + " holds files that jrunc did not make; it was left there");
        }
    }

    /** @return false = something is in it */
    private boolean removeEmpty()
    {
        try (Fd root = FileCalls.open(path.getParent().toString(), O_RDONLY | O_DIRECTORY, 0)) {
            FileCalls.rmdirAt(root, path.getFileName().toString());
        }
        catch (ErrnoException e) {
            if (e.is(ENOTEMPTY)) {
                return false;
            }
            if (!e.is(ENOENT)) {
                throw failed("remove", path, e);
            }
        }
        return true;
    }

    /** Makes the directory, 0755, that the container sees with the socket by which its program says that it is ready. */
    public Path makeNotify()
    {
        try {
            return Files.createDirectory(notifyPath(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        catch (IOException e) {
            throw new HostException("cannot make " + notifyPath() + ": " + reason(e), e);
        }
    }

    /** Where {@link #makeNotify} makes it, or has made it. */
    public Path notifyPath()
    {
        return notifyPath(path);
    }

    static Path notifyPath(Path directory)
    {
        return directory.resolve(NOTIFY);
    }

    private void removeNotify()
    {
        if (!has(NOTIFY)) {
            return;
        }
        remove(NOTIFY + "/" + NOTIFY_SOCKET);
        try {
            FileCalls.rmdirAt(directory, NOTIFY);
        }
        catch (ErrnoException e) {
            if (!e.is(ENOENT)) {
                throw failed("remove " + NOTIFY + " in", path, e);
            }
        }
    }

    private void remove(String name)
    {
        try {
            FileCalls.unlinkAt(directory, name);
        }
        catch (ErrnoException e) {
            throw failed("remove " + name + " in", path, e);
        }
    }

    private Optional<byte[]> read(String name)
    {
        try (Fd file = FileCalls.openAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)) {
            return Optional.of(FileCalls.read(file, LIMIT));
        }
        catch (ErrnoException e) {
            if (e.is(ENOENT)) {
                return Optional.empty();
            }
            throw failed("read " + name + " in", path, e);
        }
    }

    /** Written beside, renamed: a reader sees the old or the new one, whatever happens meanwhile. */
    private void replace(String name, byte[] content, boolean synced)
    {
        String beside = name + ".new";
        try {
            try (Fd file = openNew(beside)) {
                FileCalls.write(file, content);
                if (synced) {
                    FileCalls.sync(file);
                }
            }
            FileCalls.renameAt(directory, beside, name);
        }
        catch (ErrnoException e) {
            throw failed("write " + name + " in", path, e);
        }
    }

    /** Somebody who was interrupted may have left one. */
    private Fd openNew(String name)
    {
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        try {
            return FileCalls.openAt(directory, name, flags, 0600);
        }
        catch (ErrnoException e) {
            if (!e.is(EEXIST)) {
                throw e;
            }
        }
        remove(name);
        return FileCalls.openAt(directory, name, flags, 0600);
    }

    private static HostException failed(String what, Path path, ErrnoException e)
    {
        return new HostException("cannot " + what + " the state directory " + path + ": " + Errno.text(e.errno()), e);
    }

    @Override
    public void close()
    {
        directory.close();
    }
}
