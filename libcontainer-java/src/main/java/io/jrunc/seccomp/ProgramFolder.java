package io.jrunc.seccomp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A folder of compiled filters, one file each, named by key.
 *
 * <p>Used only while it is a real directory, owned by the euid, with no permission for anybody else; the descriptor opened is
 * proven to be the directory checked, and every file is opened relative to it without following links. A file holds a magic
 * word, the SHA-256 of key and program, and the program: a damaged or renamed file is not believed. Files appear by rename,
 * so a reader sees all of one or nothing.
 */
final class ProgramFolder
{
    private static final byte[] MAGIC = "jrunc-s1".getBytes(US_ASCII);
    private static final int HASH_SIZE = 32;
    private static final int HEADER_SIZE = MAGIC.length + HASH_SIZE;
    private static final int LARGEST_FILE = HEADER_SIZE + SeccompProgram.MOST_INSTRUCTIONS * SeccompProgram.INSTRUCTION_SIZE;

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ALL = mode("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_READ_WRITE = mode("rw-------");

    private final Path folder;
    private final int euid;
    private final Limits limits;

    /**
     * What the folder may hold; beyond either, the oldest files go.
     *
     * @param bytes sum of the file sizes
     */
    record Limits(int files, long bytes)
    {
        static final Limits USUAL = new Limits(128, 2L << 20);

        Limits
        {
            if (files < 1 || bytes < LARGEST_FILE) {
                throw new IllegalArgumentException("a cache that cannot hold one program");
            }
        }
    }

    private record Entry(Path name, long size, long modified) {}

    ProgramFolder(Path folder, int euid, Limits limits)
    {
        this.folder = folder.toAbsolutePath();
        this.euid = euid;
        this.limits = limits;
    }

    /** The program stored under a key; empty also when the folder or the file cannot be trusted, with a debug line. */
    Optional<byte[]> find(String key, Consumer<String> debug)
    {
        try (SecureDirectoryStream<Path> directory = open();
                SeekableByteChannel file = directory.newByteChannel(Path.of(key), Set.of(READ, NOFOLLOW_LINKS))) {
            return Optional.of(read(key, file));
        }
        catch (NoSuchFileException notStoredYet) {
            return Optional.empty();
        }
        catch (IOException unusable) {
            debug.accept("seccomp cache: " + unusable.getMessage());
            return Optional.empty();
        }
    }

    /** Stores a program, or gives a debug line. */
    void store(String key, byte[] program, Consumer<String> debug)
    {
        try {
            Files.createDirectories(folder, OWNER_ALL);
            try (SecureDirectoryStream<Path> directory = open()) {
                write(directory, key, program);
            }
            dropOldest();
        }
        catch (IOException unusable) {
            debug.accept("seccomp cache: " + unusable.getMessage());
        }
    }

    private SecureDirectoryStream<Path> open()
            throws IOException
    {
        Map<String, Object> facts = Files.readAttributes(folder, "unix:uid,mode,fileKey,isDirectory", NOFOLLOW_LINKS);
        if (!(boolean) facts.get("isDirectory")) {
            throw new IOException(folder + " is not a directory");
        }
        if ((int) facts.get("uid") != euid || ((int) facts.get("mode") & 0077) != 0) {
            throw new IOException(folder + " is not the private directory of uid " + euid);
        }
        DirectoryStream<Path> opened = Files.newDirectoryStream(folder);
        if (!(opened instanceof SecureDirectoryStream<Path> directory)) {
            opened.close();
            throw new IOException(folder + ": no access by descriptor");
        }
        // Whoever can replace the folder by name may do so between the two calls; the inode tells.
        Object inode = directory.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey();
        if (!inode.equals(facts.get("fileKey"))) {
            directory.close();
            throw new IOException(folder + " was replaced while it was opened");
        }
        return directory;
    }

    private static byte[] read(String key, SeekableByteChannel file)
            throws IOException
    {
        ByteBuffer content = ByteBuffer.allocate(LARGEST_FILE + 1);
        while (content.hasRemaining() && file.read(content) >= 0) {
            // a short read is not the end
        }
        byte[] bytes = Arrays.copyOf(content.array(), content.position());
        if (bytes.length <= HEADER_SIZE || bytes.length > LARGEST_FILE
                || !Arrays.equals(header(key, programIn(bytes)), Arrays.copyOf(bytes, HEADER_SIZE))) {
            throw new IOException("file " + key + " is damaged, compiling anew");
        }
        return programIn(bytes);
    }

    private static byte[] programIn(byte[] file)
    {
        return Arrays.copyOfRange(file, HEADER_SIZE, file.length);
    }

    private static byte[] header(String key, byte[] program)
    {
        MessageDigest digest = SeccompCache.sha256();
        digest.update(key.getBytes(UTF_8));
        return ByteBuffer.allocate(HEADER_SIZE).put(MAGIC).put(digest.digest(program)).array();
    }

    private static void write(SecureDirectoryStream<Path> directory, String key, byte[] program)
            throws IOException
    {
        Path unfinished = Path.of("new-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        try {
            try (SeekableByteChannel file = directory.newByteChannel(unfinished, Set.of(WRITE, CREATE_NEW), OWNER_READ_WRITE)) {
                for (byte[] part : List.of(header(key, program), program)) {
                    ByteBuffer content = ByteBuffer.wrap(part);
                    while (content.hasRemaining()) {
                        file.write(content);
                    }
                }
            }
            directory.move(unfinished, directory, Path.of(key));
        }
        catch (IOException failed) {
            deleteIfThere(directory, unfinished);
            throw failed;
        }
    }

    /** Files that a killed writer left unfinished age like all others. */
    private void dropOldest()
            throws IOException
    {
        try (SecureDirectoryStream<Path> directory = open()) {
            List<Entry> entries = new ArrayList<>();
            for (Path path : directory) {
                Path name = path.getFileName();
                try {
                    BasicFileAttributes facts = directory
                            .getFileAttributeView(name, BasicFileAttributeView.class, NOFOLLOW_LINKS)
                            .readAttributes();
                    entries.add(new Entry(name, facts.size(), facts.lastModifiedTime().toMillis()));
                }
                catch (NoSuchFileException droppedByAnother) {
                    // counts no more
                }
            }
            entries.sort(Comparator.comparingLong(Entry::modified));
            long bytes = entries.stream().mapToLong(Entry::size).sum();
            int files = entries.size();
            for (Entry entry : entries) {
                if (files <= limits.files() && bytes <= limits.bytes()) {
                    return;
                }
                deleteIfThere(directory, entry.name());
                files--;
                bytes -= entry.size();
            }
        }
    }

    private static void deleteIfThere(SecureDirectoryStream<Path> directory, Path name)
            throws IOException
    {
        try {
            directory.deleteFile(name);
        }
        catch (NoSuchFileException gone) {
            // another process dropped it, or it never came to be
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> mode(String permissions)
    {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
