package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A program named criu that speaks criu's RPC and does nothing of what it is asked for: for what a real one seldom does. Written in
 * perl, which every Debian has.
 */
public final class FakeCriu
{
    /**
     * {@code take} waits for a request and ends the program at the end of the conversation; {@code answer TYPE, SUCCESS, MORE} sends an
     * answer, with more fields in hexadecimal digits; {@code notify NAME, PID} sends a notification and tells whether it was taken well.
     */
    private static final String WORDS = """
            #!/usr/bin/perl
            use strict;
            $| = 1;
            open(my $socket, '+<&=', $ARGV[1]) or die;
            sub note { open(my $f, '>>', "$ENV{CRIU_NOTES}") or die; print $f "@_\\n"; close $f; }
            sub take { my $n = sysread($socket, my $b, 65536); exit 0 unless $n; return $b; }
            sub type { return ord(substr($_[0], 1, 1)); }
            sub answer { syswrite($socket, pack('CCCC', 8, $_[0], 16, $_[1]) . pack('H*', $_[2] // '')); }
            sub notify {
                my ($name, $pid) = @_;
                my $inner = pack('CC', 10, length $name) . $name . (defined $pid ? pack('CC', 16, $pid) : '');
                syswrite($socket, pack('CCCCCC', 8, 6, 16, 1, 42, length $inner) . $inner);
                return take() eq pack('H*', '08061801');
            }
            sub version { take(); answer(10, 1, $_[0] // '520408041002'); }
            sub link_of { return readlink("/proc/self/$_[0]"); }
            """;

    private final Path folder;

    private FakeCriu(Path folder)
    {
        this.folder = folder;
    }

    /** First in the PATH of that runtime's commands from now on. @param script in perl, with the words above */
    public static FakeCriu of(Jrunc jrunc, String script)
    {
        try {
            Path folder = Files.createTempDirectory(jrunc.folder(), "criu");
            Path program = Files.writeString(folder.resolve("criu"), WORDS + script);
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
            jrunc.environment("PATH", folder + ":/usr/sbin:/usr/bin:/sbin:/bin").environment("CRIU_NOTES", folder.resolve("notes").toString());
            return new FakeCriu(folder);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the script noted until now. */
    public String notes()
    {
        return Host.text(folder.resolve("notes").toString());
    }
}
